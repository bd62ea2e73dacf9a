/* an answer from another struct */
#include "../tables.h"

enum jangle_result answer(struct jangle_answer *answered, const struct part *found);

#ifdef MISTAKE
enum jangle_result answer(struct jangle_answer *answered, const struct part *found)
{
    return jangle_answer_from(answered, many, found);
}
#else
enum jangle_result answer(struct jangle_answer *answered, const struct part *found)
{
    return jangle_answer_from(answered, part, found);
}
#endif
