/* a member that the struct lacks */
#include "../tables.h"

struct subject {
    int64_t amount;
};

#ifdef MISTAKE
JANGLE_EVENT(subject, ammount);
#else
JANGLE_EVENT(subject, amount);
#endif
