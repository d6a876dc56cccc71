/* A PKCS#11 module that stands before another one and does to chosen calls what modules do.
 *
 * FAULTY_BEHIND   path of the module behind
 * FAULTY_CALL     number of a function in the order of CK_FUNCTION_LIST (PKCS #11 2.40, 4.6),
 *                 C_Initialize being 0
 * FAULTY_DOES     crash, hang, abort, exit, chatter, fork, or a return value (0x6)
 * FAULTY_FLAGS    flags that every token has besides its own
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
enum { INITIALIZE = 0, GET_SLOT_LIST = 4, GET_TOKEN_INFO = 6, LOGIN = 18, SIGN_INIT = 42, SIGN = 43 };

typedef unsigned long word;
typedef word (*call)(word, word, word, word, word, word);
struct list { word version; call functions[CALLS]; };

static struct list behind, before;

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
    if (!strcmp(deed, "fork")) {
        if (fork() == 0)
            for (;;)
                pause();
        for (;;)
            pause();
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
    before.functions[GET_TOKEN_INFO] = get_token_info;
    before.functions[LOGIN] = login;
    before.functions[SIGN_INIT] = sign_init;
    before.functions[SIGN] = sign;
    *given = &before;
    return 0;
}
