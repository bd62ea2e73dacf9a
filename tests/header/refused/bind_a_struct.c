/* a value that SQL cannot have */
#include "../tables.h"

void bind(struct jangle_view *view, struct part it);

#ifdef MISTAKE
void bind(struct jangle_view *view, struct part it)
{
    jangle_view_run(view, "SELECT ?", it);
}
#else
void bind(struct jangle_view *view, struct part it)
{
    jangle_view_run(view, "SELECT ?", it.weight);
}
#endif
