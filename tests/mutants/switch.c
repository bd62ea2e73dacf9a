/* switch.c - which deliberate mistake is made: the one that JANGLE_MUTANT names,
 * or none. */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The copies of the sources declare it for themselves. */
bool jn_mutant_is(const char *name);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *chosen;

static void look(void)
{
    chosen = getenv("JANGLE_MUTANT");
}

bool jn_mutant_is(const char *name)
{
    pthread_once(&once, look);
    return chosen && strcmp(chosen, name) == 0;
}
