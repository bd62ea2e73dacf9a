/* a nested struct of another type */
/* says: subject.it: nested(it, many) is for a struct many */
#include "../tables.h"

struct subject {
    struct part it;
};

#ifdef MISTAKE
JANGLE_EVENT(subject, nested(it, many));
#else
JANGLE_EVENT(subject, nested(it, part));
#endif
