/* A PKCS#11 module that stands before another one and does to chosen calls what modules do.
 *
 * FAULTY_BEHIND   path of the module behind
 * FAULTY_CALL     number of a function in the order of CK_FUNCTION_LIST (PKCS #11 2.40, 4.6),
 *                 C_Initialize being 0
 * FAULTY_DOES     crash, hang, abort, exit, chatter, fork, or a return value (0x6); behind a
 *                 "fork+" (fork+hang) after another process was started, which stays
 * FAULTY_FORKED   file to which the number of each process so started is written
 * FAULTY_FLAGS    flags that every token has besides its own
 * FAULTY_NAME     bytes in hexadecimal with which the name of every slot begins
 * FAULTY_TRACE    file to which the number of each call of C_Login is written
 *
 * Written without the standard's header: the list is a version and 68 pointers in fixed order.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALLS 68
enum { INITIALIZE = 0, GET_SLOT_LIST = 4, GET_SLOT_INFO = 5, GET_TOKEN_INFO = 6, LOGIN = 18, SIGN_INIT = 42, SIGN = 43 };

typedef unsigned long word;
typedef word (*call)(word, word, word, word, word, word);
struct list { word version; call functions[CALLS]; };

static struct list behind, before;

/* Starts a process that stays for ten minutes, whatever becomes of this one. */
static void start_another(void)
{
    FILE *numbers;
    pid_t other = fork();
    if (other == 0) {
        alarm(600);
        for (;;)
            pause();
    }
    numbers = fopen(getenv("FAULTY_FORKED"), "a");
    if (!numbers || fprintf(numbers, "%d\n", (int)other) < 0)
        _exit(3);
    fclose(numbers);
}

static word misbehave(int number)
{
    const char *chosen = getenv("FAULTY_CALL"), *deed = getenv("FAULTY_DOES");
    if (number == LOGIN && getenv("FAULTY_TRACE")) {
        int file = open(getenv("FAULTY_TRACE"), O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (write(file, "x", 1) != 1)
            _exit(3);
        close(file);
    }
    if (!chosen || !deed || atoi(chosen) != number)
        return 0;
    if (!strncmp(deed, "fork", 4)) {
        start_another();
        deed += deed[4] == '+' ? 5 : 4;
    }
    if (!strcmp(deed, "crash"))
        *(volatile int *)8 = 1;
    if (!strcmp(deed, "abort"))
        abort();
    if (!strcmp(deed, "exit"))
        _exit(0);
    while (!strcmp(deed, "hang"))
        pause();
    if (!strcmp(deed, "chatter")) {
        for (int i = 0; i < 100000; i++)
            printf("welcome to this module\n");
        fflush(stdout);
        for (int i = 0; i < 100000; i++)
            fprintf(stderr, "warning\n");
        return 0;
    }
    return strtoul(deed, NULL, 0);
}

#define BEFORE(NAME, NUMBER)                                             \
    static word NAME(word a, word b, word c, word d, word e, word f)     \
    {                                                                    \
        word result = misbehave(NUMBER);                                 \
        return result ? result : behind.functions[NUMBER](a, b, c, d, e, f); \
    }

BEFORE(initialize, INITIALIZE)
BEFORE(get_slot_list, GET_SLOT_LIST)
BEFORE(login, LOGIN)
BEFORE(sign_init, SIGN_INIT)
BEFORE(sign, SIGN)

static word get_token_info(word slot, word info, word c, word d, word e, word f)
{
    word result = misbehave(GET_TOKEN_INFO);
    if (!result)
        result = behind.functions[GET_TOKEN_INFO](slot, info, c, d, e, f);
    if (!result && getenv("FAULTY_FLAGS"))
        *(word *)(info + 96) |= strtoul(getenv("FAULTY_FLAGS"), NULL, 0);
    return result;
}

static word get_slot_info(word slot, word info, word c, word d, word e, word f)
{
    const char *name = getenv("FAULTY_NAME");
    word result = behind.functions[GET_SLOT_INFO](slot, info, c, d, e, f);
    for (int at = 0; !result && name && name[2 * at] && at < 64; at++) {
        char digits[3] = {name[2 * at], name[2 * at + 1], 0};
        ((unsigned char *)info)[at] = strtoul(digits, NULL, 16);
    }
    return result;
}

word C_GetFunctionList(struct list **given)
{
    void *library = dlopen(getenv("FAULTY_BEHIND"), RTLD_NOW | RTLD_LOCAL);
    word (*get)(struct list **) = library ? dlsym(library, "C_GetFunctionList") : NULL;
    struct list *true_list;
    if (!get || get(&true_list))
        return 5;
    behind = before = *true_list;
    before.functions[INITIALIZE] = initialize;
    before.functions[GET_SLOT_LIST] = get_slot_list;
    before.functions[GET_SLOT_INFO] = get_slot_info;
    before.functions[GET_TOKEN_INFO] = get_token_info;
    before.functions[LOGIN] = login;
    before.functions[SIGN_INIT] = sign_init;
    before.functions[SIGN] = sign;
    *given = &before;
    return 0;
}
