/* contents.h - what a parcel holds, copied once and shared by all queues that have it. */
#ifndef JN_HUB_CONTENTS_H
#define JN_HUB_CONTENTS_H

#include <jangle/plugin/support.h>
#include <jangle/plugin/transport.h>

/* One allocation, with headers, texts and body behind the struct. It never changes.
 * References are counted under the hub's mutex. */
struct jn_hub_contents {
    size_t references;
    struct jangle_parcel parcel;
};

/* A copy with one reference, or NULL if there is no memory. It has the `extra` headers,
 * too, in place of those that have the same names. */
struct jn_hub_contents *jn_hub_contents_copy(const struct jangle_allocator *allocator,
                                             const struct jangle_parcel *parcel,
                                             const struct jangle_header *extra,
                                             size_t extra_count);

/* Take a reference. */
static inline struct jn_hub_contents *
jn_hub_contents_hold(struct jn_hub_contents *contents)
{
    contents->references++;
    return contents;
}

/* Drop a reference; the last one frees the contents. */
void jn_hub_contents_drop(const struct jangle_allocator *allocator,
                          struct jn_hub_contents *contents);

#endif
