/* a nested struct without its checkpoint */
/* says: subject.it: a member is a bool, int64_t, double, const char *, jangle_time,
 * jangle_json, jangle_nothing or jangle_optional_... */
#include "../tables.h"

struct subject {
    struct part it;
};

#ifdef MISTAKE
JANGLE_EVENT(subject, it);
#else
JANGLE_EVENT(subject, nested(it, part));
#endif
