/* a nested struct of another type */
#include "../tables.h"

struct subject {
    struct part it;
};

#ifdef MISTAKE
JANGLE_EVENT(subject, nested(it, many));
#else
JANGLE_EVENT(subject, nested(it, part));
#endif
