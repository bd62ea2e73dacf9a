/* version.c - which library this is. */
#include <jangle/version.h>

const char *jangle_version(void)
{
    return JANGLE_VERSION;
}
