/* an item of another list */
#include "../tables.h"

void add(struct jangle_arena *arena, struct parts *parts);

#ifdef MISTAKE
void add(struct jangle_arena *arena, struct parts *parts)
{
    jangle_list_add(arena, parts, only_id, .id = "a");
}
#else
void add(struct jangle_arena *arena, struct parts *parts)
{
    jangle_list_add(arena, parts, part, .name = "a");
}
#endif
