/* tree.h - JSON as a tree whose objects have their members in order of their names, and
 * the same tree as JSON in Python's way. So the same values always are the same bytes. */
#ifndef JN_MEGA_TREE_H
#define JN_MEGA_TREE_H

#include "common/conversion.h"

struct jn_node {
    enum jn_json_kind kind;
    const char *name; /* in an object, with its escapes replaced; otherwise NULL */
    struct jn_json_span value; /* of a value that is no object and no list */
    struct jn_node *parent;    /* NULL: it is the root */
    struct jn_node *first;     /* of an object or a list */
    struct jn_node *next;      /* of the same parent */
    struct jn_node *last;      /* while the tree is built */
    size_t index;              /* among those of the same parent, as they are written */
    size_t count;              /* of those inside */
};

/* Read JSON, which must not be deeper than data may be. The tree points into `text`.
 * `member` is what errors call it. INVALID also if a name holds a zero or half a pair. */
enum jangle_result jn_tree_read(const struct jn_conversion *conversion,
                                const char *member,
                                const char *text,
                                size_t size,
                                const struct jn_node **root);

/* Go through the tree without recursion. After an object or a list that is not empty its
 * first child comes next. `leave` is called for each object and list that ends on the
 * way, also for one that is empty. NULL: this was the last one. */
typedef void jn_tree_leave_fn(void *context, const struct jn_node *node);
const struct jn_node *
jn_tree_next(const struct jn_node *node, jn_tree_leave_fn *leave, void *context);

/* Is it an object or a list? */
static inline bool jn_node_has_children(const struct jn_node *node)
{
    return node->kind == JN_JSON_OBJECT || node->kind == JN_JSON_LIST;
}

/* Write it as json.dumps of Python does with sort_keys=True. */
void jn_tree_write(const struct jn_node *root, struct jn_json_writer *json);

#endif
