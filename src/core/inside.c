/* inside.c - which questions, and which handlers of views, each thread is in just now. */
#include "core/inside.h"

enum jangle_result jn_insides_init(struct jn_insides *insides)
{
    insides->newest = NULL;
    return jn_mutex_init(&insides->mutex);
}

void jn_insides_finish(struct jn_insides *insides)
{
    jn_mutex_finish(&insides->mutex);
}

/* The list is short: one entry for each callback that runs. */
void jn_inside_enter(struct jn_insides *insides, struct jn_inside *inside)
{
    inside->thread = pthread_self();
    jn_mutex_lock(&insides->mutex);
    inside->next = insides->newest;
    insides->newest = inside;
    jn_mutex_unlock(&insides->mutex);
}

void jn_inside_leave(struct jn_insides *insides, struct jn_inside *inside)
{
    struct jn_inside **link = &insides->newest;

    jn_mutex_lock(&insides->mutex);
    while (*link != inside)
        link = &(*link)->next;
    *link = inside->next;
    jn_mutex_unlock(&insides->mutex);
}

/* What is found of this thread lies on its own stack, so it stays valid when the mutex is
 * free again: only this thread could leave it. Nothing of another thread is
 * handed out. */
struct jn_within jn_inside_look(struct jn_insides *insides,
                                const struct jangle_subscriber *subscriber)
{
    struct jn_within within = {0};
    pthread_t self = pthread_self();

    jn_mutex_lock(&insides->mutex);
    for (const struct jn_inside *in = insides->newest; in; in = in->next) {
        if (!pthread_equal(in->thread, self))
            continue;
        within.depth += in->asked;
        within.handling |= !in->asked && !in->receives;
        within.receiving |= in->receives;
        if (!within.view)
            within.view = in->view;
        if (!within.own && in->subscriber == subscriber)
            within.own = in;
    }
    jn_mutex_unlock(&insides->mutex);
    return within;
}
