/* a list of something else */
#include "../tables.h"

struct subject {
    struct parts parts;
};

#ifdef MISTAKE
JANGLE_EVENT(subject, list(parts, many));
#else
JANGLE_EVENT(subject, list(parts, part));
#endif
