/* a column without a rule */
#include "../tables.h"

struct subject {
    int64_t a;
};

#ifdef MISTAKE
JANGLE_UPSERT(subject, "rows", a);
#else
JANGLE_UPSERT(subject, "rows", key(a));
#endif
