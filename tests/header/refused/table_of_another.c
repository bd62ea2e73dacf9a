/* a table of appliers where deciders belong */
#include "../tables.h"

extern const struct jangle_aggregate aggregate;

#ifdef MISTAKE
const struct jangle_aggregate aggregate = {
    .name = "part",
    .commands = JANGLE_APPLIERS({&everything, NULL}),
};
#else
const struct jangle_aggregate aggregate = {
    .name = "part",
    .events = JANGLE_APPLIERS({&everything, NULL}),
};
#endif
