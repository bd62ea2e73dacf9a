/* a list of something else */
/* says: subject.parts: list(parts, many) is for items of type struct many * */
#include "../tables.h"

struct subject {
    struct parts parts;
};

#ifdef MISTAKE
JANGLE_EVENT(subject, list(parts, many));
#else
JANGLE_EVENT(subject, list(parts, part));
#endif
