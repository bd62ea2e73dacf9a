/* a member of a type that cannot be stored */
/* says: subject.narrow: a member is a bool, int64_t, double, const char *, jangle_time,
 * jangle_json, jangle_nothing or jangle_optional_... */
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
