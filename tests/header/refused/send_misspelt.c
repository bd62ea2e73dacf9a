/* a named value that the command lacks */
#include "../tables.h"

void send(struct jangle *jangle);

#ifdef MISTAKE
void send(struct jangle *jangle)
{
    jangle_send(jangle, NULL, everything, .id = "a", .hole = 3);
}
#else
void send(struct jangle *jangle)
{
    jangle_send(jangle, NULL, everything, .id = "a", .whole = 3);
}
#endif
