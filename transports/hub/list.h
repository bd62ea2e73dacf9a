/* list.h - lists whose links are members of what is in them: adding and removing cannot
 * fail, and takes the same time however long the list is. */
#ifndef JN_HUB_LIST_H
#define JN_HUB_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A list is a link, too, which stands before its first and behind its last one. */
struct jn_hub_link {
    struct jn_hub_link *previous, *next;
};

/* The struct whose member is this link. */
#define JN_HUB_OF(link, type, member)                                                    \
    ((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void jn_hub_list_init(struct jn_hub_link *list)
{
    list->previous = list->next = list;
}

static inline bool jn_hub_list_is_empty(const struct jn_hub_link *list)
{
    return list->next == list;
}

/* Put a link before another one; before the list itself is its end. */
static inline void jn_hub_link_before(struct jn_hub_link *link, struct jn_hub_link *next)
{
    link->previous = next->previous;
    link->next = next;
    next->previous->next = link;
    next->previous = link;
}

static inline void jn_hub_unlink(struct jn_hub_link *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    jn_hub_list_init(link);
}

#endif
