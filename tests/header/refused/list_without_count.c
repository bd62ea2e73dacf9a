/* a list whose count is no size_t */
#include "../tables.h"

#ifdef MISTAKE
typedef int counter;
#else
typedef size_t counter;
#endif

struct subject {
    struct {
        struct part *items;
        counter count;
    } all;
};

JANGLE_EVENT(subject, list(all, part));
