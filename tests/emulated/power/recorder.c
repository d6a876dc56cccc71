/* Writes down what a program does to the files of one folder, below SQLite and above the kernel.
 *
 * Preloaded (LD_PRELOAD). POWER_ROOT is the folder, without a link in its path; POWER_LOG gets the
 * records of `recording.py`, one writev each on a file that is appended to, so that the processes
 * of one program (PostgreSQL) share a log. A write is noted after it was done and before its caller
 * knows; a sync is noted before it begins and after it ended. So what counts as synced here was
 * synced. Not seen: writes through mmap (SQLite's -shm, which is made anew) and through stdio
 * inside libc; what is not seen is lost in a cut.
 *
 * POWER_FAULTS names four 32-bit numbers that may change at any moment: what fails, how many
 * calls of that kind still succeed, how many fail after them, and how many did so far.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN = 1, WRITE, TRUNCATE, GROW, SYNC_BEGIN, SYNC_END, SYNC_FAILED, UNLINK, RENAME, LINK, MKDIR, RMDIR };
enum { SOUND, EIO_SYNC, EIO_WRITE, FULL, KILL_AT_SYNC, LYING };

struct __attribute__((packed)) record {
    uint8_t kind;
    uint64_t file, at;
    uint32_t first, second;
};

struct faults { uint32_t mode, after, times, done; };

static const char *root;
static size_t root_size;
static int log_fd = -1;
static volatile struct faults *faults;
static uint32_t syncs;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

__attribute__((constructor)) static void begin(void) {
    const char *log = getenv("POWER_LOG"), *control = getenv("POWER_FAULTS");
    if (!getenv("POWER_ROOT")) return;
    root = strdup(getenv("POWER_ROOT")); /* PostgreSQL writes over its environment */
    if (!root) abort();
    root_size = strlen(root);
    if (log) {
        int fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
        if (fd >= 0) {
            log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 800);
            if (log_fd < 0) log_fd = fd; else syscall(SYS_close, fd);
        }
        if (log_fd < 0) abort();
    }
    if (control) {
        int fd = (int)syscall(SYS_openat, AT_FDCWD, control, O_RDWR | O_CLOEXEC);
        if (fd < 0) abort();
        faults = mmap(NULL, sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        syscall(SYS_close, fd);
        if (faults == MAP_FAILED) abort();
    }
}

static void note(uint8_t kind, uint64_t file, uint64_t at, const char *first, const struct iovec *more, int count, size_t bytes) {
    struct record head = {kind, file, at, first ? (uint32_t)strlen(first) : 0, 0};
    struct iovec parts[66] = {{&head, sizeof head}, {(void *)first, head.first}};
    int saved = errno, used = 2;
    if (log_fd < 0) return;
    for (int i = 0; i < count && used < 66 && bytes; i++) {
        size_t size = more[i].iov_len < bytes ? more[i].iov_len : bytes;
        parts[used].iov_base = more[i].iov_base;
        parts[used++].iov_len = size;
        head.second += (uint32_t)size;
        bytes -= size;
    }
    /* What a full log loses would look like a fault of the store. */
    if (syscall(SYS_writev, log_fd, parts, used) != (long)(sizeof head + head.first + head.second)) abort();
    errno = saved;
}

static int inside(const char *path) {
    return root_size && !strncmp(path, root, root_size) && path[root_size] == '/';
}

/* The path of an open file below the folder; NULL where it is elsewhere, or no file or folder. */
static const char *path_of(int fd, char *path, struct stat *about) {
    char link[32];
    int saved = errno;
    ssize_t size = -1;
    if (root && fd >= 0 && !fstat(fd, about) && (S_ISREG(about->st_mode) || S_ISDIR(about->st_mode))) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        size = readlink(link, path, PATH_MAX - 1);
    }
    errno = saved;
    if (size < 0) return NULL;
    path[size] = 0;
    if (!strcmp(path, root)) return "";
    return inside(path) ? path + root_size + 1 : NULL;
}

/* A name as the program gave it, below the folder; NULL where it is elsewhere. */
static const char *resolve(int dir, const char *name, char *out) {
    char before[PATH_MAX] = "", link[32];
    int saved = errno;
    if (!root) return NULL;
    if (name[0] != '/') {
        ssize_t size;
        if (dir == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
        else snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
        size = readlink(link, before, sizeof before - 1);
        errno = saved;
        if (size < 0) return NULL;
        before[size] = 0;
        while (name[0] == '.' && name[1] == '/') name += 2;
        if (snprintf(out, PATH_MAX, "%s/%s", before, name) >= PATH_MAX) return NULL;
    } else if (snprintf(out, PATH_MAX, "%s", name) >= PATH_MAX) return NULL;
    return inside(out) ? out + root_size + 1 : NULL;
}

static int fails(uint32_t mode) {
    if (!faults || faults->mode != mode) return 0;
    if (faults->after) { __sync_fetch_and_sub(&faults->after, 1); return 0; }
    if (!faults->times) return 0;
    __sync_fetch_and_sub(&faults->times, 1);
    __sync_fetch_and_add(&faults->done, 1);
    return 1;
}

static int write_fails(int fd) {
    char path[PATH_MAX];
    struct stat about;
    if (!faults || (faults->mode != EIO_WRITE && faults->mode != FULL) || !path_of(fd, path, &about)) return 0;
    if (fails(EIO_WRITE)) { errno = EIO; return 1; }
    if (fails(FULL)) { errno = ENOSPC; return 1; }
    return 0;
}

static void opened(int fd, int flags) {
    char path[PATH_MAX];
    struct stat about;
    const char *name;
    if (fd < 0 || !(flags & (O_CREAT | O_TRUNC))) return;
    if ((name = path_of(fd, path, &about)) && S_ISREG(about.st_mode)) note(OPEN, about.st_ino, (uint64_t)about.st_size, name, NULL, 0, 0);
}

static void written(int fd, off_t at, const struct iovec *parts, int count, ssize_t done) {
    char path[PATH_MAX];
    struct stat about;
    const char *name;
    if (done <= 0 || fd == log_fd || !(name = path_of(fd, path, &about)) || !S_ISREG(about.st_mode)) return;
    if (at < 0) at = lseek(fd, 0, SEEK_CUR) - done;
    note(WRITE, about.st_ino, (uint64_t)at, name, parts, count, (size_t)done);
}

#define OPENING(function, call)                                          \
    int function {                                                       \
        mode_t mode = 0;                                                 \
        int fd;                                                          \
        if (flags & (O_CREAT | O_TMPFILE)) {                             \
            va_list more;                                                \
            va_start(more, flags);                                       \
            mode = va_arg(more, mode_t);                                 \
            va_end(more);                                                \
        }                                                                \
        fd = call;                                                       \
        opened(fd, flags);                                               \
        return fd;                                                       \
    }
OPENING(open(const char *path, int flags, ...), REAL(open)(path, flags, mode))
OPENING(open64(const char *path, int flags, ...), REAL(open64)(path, flags, mode))
OPENING(openat(int dir, const char *path, int flags, ...), REAL(openat)(dir, path, flags, mode))
OPENING(openat64(int dir, const char *path, int flags, ...), REAL(openat64)(dir, path, flags, mode))

int creat(const char *path, mode_t mode) { return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

ssize_t write(int fd, const void *data, size_t size) {
    struct iovec part = {(void *)data, size};
    if (write_fails(fd)) return -1;
    ssize_t done = REAL(write)(fd, data, size);
    written(fd, -1, &part, 1, done);
    return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (write_fails(fd)) return -1;
    ssize_t done = REAL(writev)(fd, parts, count);
    written(fd, -1, parts, count, done);
    return done;
}

#define PWRITE(name)                                                     \
    ssize_t name(int fd, const void *data, size_t size, off_t at) {      \
        struct iovec part = {(void *)data, size};                        \
        if (write_fails(fd)) return -1;                                  \
        ssize_t done = REAL(name)(fd, data, size, at);                   \
        written(fd, at, &part, 1, done);                                 \
        return done;                                                     \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

#define PWRITEV(name)                                                    \
    ssize_t name(int fd, const struct iovec *parts, int count, off_t at) { \
        if (write_fails(fd)) return -1;                                  \
        ssize_t done = REAL(name)(fd, parts, count, at);                 \
        written(fd, at, parts, count, done);                             \
        return done;                                                     \
    }
PWRITEV(pwritev)
PWRITEV(pwritev64)

static void resized(int fd, uint8_t kind, uint64_t size) {
    char path[PATH_MAX];
    struct stat about;
    const char *name = path_of(fd, path, &about);
    if (name) note(kind, about.st_ino, size, name, NULL, 0, 0);
}

#define FTRUNCATE(name)                                                  \
    int name(int fd, off_t size) {                                       \
        if (write_fails(fd)) return -1;                                  \
        int done = REAL(name)(fd, size);                                 \
        if (!done) resized(fd, TRUNCATE, (uint64_t)size);                \
        return done;                                                     \
    }
FTRUNCATE(ftruncate)
FTRUNCATE(ftruncate64)

#define TRUNCATING(name)                                                 \
    int name(const char *path, off_t size) {                             \
        int fd = open(path, O_WRONLY | O_CLOEXEC), done;                 \
        if (fd < 0) return -1;                                           \
        done = ftruncate(fd, size);                                      \
        REAL(close)(fd);                                                 \
        return done;                                                     \
    }
TRUNCATING(truncate)
TRUNCATING(truncate64)

#define FALLOCATE(name)                                                  \
    int name(int fd, off_t at, off_t size) {                             \
        if (write_fails(fd)) return errno;                               \
        int done = REAL(name)(fd, at, size);                             \
        if (!done) resized(fd, GROW, (uint64_t)(at + size));             \
        return done;                                                     \
    }
FALLOCATE(posix_fallocate)
FALLOCATE(posix_fallocate64)

/* Ways of writing that would not be seen: callers have another one. */
ssize_t copy_file_range(int in, off_t *in_at, int out, off_t *out_at, size_t size, unsigned flags) {
    char path[PATH_MAX];
    struct stat about;
    if (path_of(out, path, &about)) { errno = EXDEV; return -1; }
    return REAL(copy_file_range)(in, in_at, out, out_at, size, flags);
}

#define SENDFILE(name)                                                   \
    ssize_t name(int out, int in, off_t *at, size_t size) {              \
        char path[PATH_MAX];                                             \
        struct stat about;                                               \
        if (path_of(out, path, &about)) { errno = ENOTSOCK; return -1; } \
        return REAL(name)(out, in, at, size);                            \
    }
ssize_t sendfile(int, int, off_t *, size_t);
ssize_t sendfile64(int, int, off_t *, size_t);
SENDFILE(sendfile)
SENDFILE(sendfile64)

static int syncing(int fd, int (*sync_it)(int)) {
    char path[PATH_MAX];
    struct stat about;
    const char *name = path_of(fd, path, &about);
    int done;
    uint64_t token;
    if (!name) return sync_it(fd);
    if (faults && faults->mode == LYING) return 0;
    if (fails(KILL_AT_SYNC)) raise(SIGKILL);
    token = ((uint64_t)(uint32_t)getpid() << 32) | __sync_add_and_fetch(&syncs, 1);
    note(SYNC_BEGIN, about.st_ino, token, name, NULL, 0, 0);
    if (fails(EIO_SYNC)) { errno = EIO; done = -1; }
    else done = sync_it(fd);
    note(done ? SYNC_FAILED : SYNC_END, about.st_ino, token, name, NULL, 0, 0);
    return done;
}

int fsync(int fd) { return syncing(fd, REAL(fsync)); }
int fdatasync(int fd) { return syncing(fd, REAL(fdatasync)); }

static void named(uint8_t kind, const char *name) {
    if (name) note(kind, 0, 0, name, NULL, 0, 0);
}

static void renamed(uint8_t kind, const char *from, const char *to) {
    struct iovec part = {(void *)to, to ? strlen(to) : 0};
    if (from && to) note(kind, 0, 0, from, &part, 1, part.iov_len);
    else if (from && kind == RENAME) note(UNLINK, 0, 0, from, NULL, 0, 0);
}

int unlinkat(int dir, const char *path, int flags) {
    char full[PATH_MAX];
    const char *name = resolve(dir, path, full);
    int done = REAL(unlinkat)(dir, path, flags);
    if (!done) named(flags & AT_REMOVEDIR ? RMDIR : UNLINK, name);
    return done;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
    int done = unlink(path);
    return done && errno == EISDIR ? rmdir(path) : done;
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
    char one[PATH_MAX], two[PATH_MAX];
    const char *before = resolve(from_dir, from, one), *after = resolve(to_dir, to, two);
    int done = (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
    if (!done) renamed(RENAME, before, after);
    return done;
}
int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int from_dir, const char *from, int to_dir, const char *to) { return renameat2(from_dir, from, to_dir, to, 0); }

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags) {
    char one[PATH_MAX], two[PATH_MAX];
    const char *before = resolve(from_dir, from, one), *after = resolve(to_dir, to, two);
    int done = REAL(linkat)(from_dir, from, to_dir, to, flags);
    if (!done) renamed(LINK, before, after);
    return done;
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int mkdirat(int dir, const char *path, mode_t mode) {
    char full[PATH_MAX];
    const char *name = resolve(dir, path, full);
    int done = REAL(mkdirat)(dir, path, mode);
    if (!done) named(MKDIR, name);
    return done;
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
