/* a rule of columns in an event */
#include "../tables.h"

struct subject {
    int64_t a;
};

#ifdef MISTAKE
JANGLE_EVENT(subject, key(a));
#else
JANGLE_EVENT(subject, a);
#endif
