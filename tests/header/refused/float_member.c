/* a member of a type that cannot be stored */
#include "../tables.h"

struct subject {
    const char *id;
    float narrow;
    double wide;
};

#ifdef MISTAKE
JANGLE_EVENT(subject, id, narrow);
#else
JANGLE_EVENT(subject, id, wide);
#endif
