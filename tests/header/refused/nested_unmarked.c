/* a nested struct without its mark */
#include "../tables.h"

struct subject {
    struct part it;
};

#ifdef MISTAKE
JANGLE_EVENT(subject, it);
#else
JANGLE_EVENT(subject, nested(it, part));
#endif
