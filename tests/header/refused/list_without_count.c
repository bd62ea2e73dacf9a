/* a list whose count is no size_t */
/* says: subject.all: a list is a struct of `items` and a size_t `count` */
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
