/* a checkpoint that does not exist */
#include "../tables.h"

struct subject {
    jangle_optional_int a;
};

#ifdef MISTAKE
JANGLE_EVENT(subject, optional(a));
#else
JANGLE_EVENT(subject, a);
#endif
