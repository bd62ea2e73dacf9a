/* a command that does not start with a text */
/* says: a command starts with the id of its aggregate */
#include "../tables.h"

struct subject {
    const char *id;
    int64_t amount;
};

#ifdef MISTAKE
JANGLE_COMMAND(subject, amount, id);
#else
JANGLE_COMMAND(subject, id, amount);
#endif
