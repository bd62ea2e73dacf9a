/* a check that is no check */
#include "../tables.h"

struct subject {
    int64_t a;
};

int no(int a);

#ifdef MISTAKE
JANGLE_EVENT(subject, a, check(no));
#else
JANGLE_EVENT(subject, a, check(check_everything));
#endif
