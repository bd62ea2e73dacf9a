/* a text for a number */
#include "../tables.h"

void send(struct jangle *jangle);

#ifdef MISTAKE
void send(struct jangle *jangle)
{
    jangle_send(jangle, NULL, everything, .id = "a", .whole = "three");
}
#else
void send(struct jangle *jangle)
{
    jangle_send(jangle, NULL, everything, .id = "a", .whole = 3);
}
#endif
