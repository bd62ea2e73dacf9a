/* rows into another list */
#include "../tables.h"

void rows(struct jangle_view *view, struct parts *parts);

#ifdef MISTAKE
void rows(struct jangle_view *view, struct parts *parts)
{
    jangle_view_list(view, parts, many, "SELECT");
}
#else
void rows(struct jangle_view *view, struct parts *parts)
{
    jangle_view_list(view, parts, part, "SELECT");
}
#endif
