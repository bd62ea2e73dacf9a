/* a column of a type that cannot be stored */
/* says: subject.count: a member is a bool, int64_t, double, const char *, */
#include "../tables.h"

struct subject {
    const char *id;
    int count;
    int64_t wide;
};

#ifdef MISTAKE
JANGLE_UPSERT(subject, "rows", key(id), set(count));
#else
JANGLE_UPSERT(subject, "rows", key(id), set(wide));
#endif
