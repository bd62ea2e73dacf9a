/* print_efforts.c - the long tests, one a line, as scripts/soak reads them: the test's
 * name, how often it repeats its work by JANGLE_EFFORT, and what that work is. */
#include "support/effort.h"

#include <stdio.h>

int main(void)
{
    for (int i = 0; i < EFFORT_COUNT; i++)
        printf("%s\t%d\t%s\n", effort_test((enum effort)i), effort_count((enum effort)i),
               effort_unit((enum effort)i));
    return 0;
}
