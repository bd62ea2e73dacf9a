/* tree.c - JSON as a tree whose objects have their members in order. No function recurs,
 * because the depth of the data is a stranger's choice. */
#include "mega/tree.h"

#include <stdlib.h>
#include <string.h>

struct building {
    const struct jn_conversion *conversion;
    struct jn_json json;
    struct jn_json_span name; /* of the member that comes next */
    struct jn_node *parent;   /* of the value that comes next */
};

/* ---- order ----------------------------------------------------------------------- */

/* UTF-8 that is compared byte by byte is in the order of its characters, which is that of
 * Python. Members of the same name stay as they are. */
static int compare_nodes(const void *left, const void *right)
{
    const struct jn_node *const *a = left, *const *b = right;
    int order = strcmp((*a)->name, (*b)->name);

    return order ? order : ((*a)->index > (*b)->index) - ((*a)->index < (*b)->index);
}

static enum jangle_result sort_members(const struct jn_conversion *conversion,
                                       struct jn_node *object)
{
    struct jn_node **nodes, *node = object->first;

    if (object->kind != JN_JSON_OBJECT || object->count < 2)
        return JANGLE_OK;
    nodes = jangle_alloc(conversion->arena, object->count * sizeof *nodes);
    if (!nodes)
        return jn_conversion_no_memory(conversion);
    for (size_t i = 0; i < object->count; i++, node = node->next)
        nodes[i] = node;
    qsort(nodes, object->count, sizeof *nodes, compare_nodes);
    object->first = nodes[0];
    for (size_t i = 0; i < object->count; i++)
        nodes[i]->next = i + 1 < object->count ? nodes[i + 1] : NULL;
    return JANGLE_OK;
}

/* ---- reading --------------------------------------------------------------------- */

static void append_node(struct jn_node *parent, struct jn_node *node)
{
    node->parent = parent;
    if (!parent)
        return;
    node->index = parent->count++;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
}

static enum jangle_result read_name(struct building *building, struct jn_node *node)
{
    const struct jn_node *parent = building->parent;
    struct jn_json_span quoted;

    if (!parent || parent->kind != JN_JSON_OBJECT)
        return JANGLE_OK;
    quoted = (struct jn_json_span){building->name.text - 1, building->name.size + 2};
    return jn_conversion_unescape(building->conversion, "the name of a member", &quoted,
                                  &node->name);
}

/* The value that comes next; the inside of an object or a list comes after it. A fault of
 * the JSON stays in the reader. */
static enum jangle_result read_node(struct building *building, struct jn_node **made)
{
    struct jn_node *node = jangle_alloc(building->conversion->arena, sizeof *node);
    enum jangle_result result;

    if (!node)
        return jn_conversion_no_memory(building->conversion);
    node->kind = jn_json_peek(&building->json);
    result = read_name(building, node);
    if (result)
        return result;
    append_node(building->parent, node);
    *made = node;
    if (!jn_node_has_children(node))
        jn_json_skip(&building->json, &node->value);
    else if (jn_json_enter(&building->json))
        building->parent = node;
    return JANGLE_OK;
}

static bool has_next(struct building *building)
{
    const struct jn_node *parent = building->parent;

    return parent->kind == JN_JSON_OBJECT
               ? jn_json_next_member(&building->json, !parent->count, &building->name)
               : jn_json_next_item(&building->json, !parent->count);
}

static enum jangle_result read_all(struct building *building, struct jn_node **root)
{
    enum jangle_result result = read_node(building, root);
    struct jn_node *node;

    while (!result && building->parent && !building->json.fault) {
        if (has_next(building)) {
            result = read_node(building, &node);
        } else if (!building->json.fault) {
            result = sort_members(building->conversion, building->parent);
            building->parent = building->parent->parent;
        }
    }
    return result;
}

enum jangle_result jn_tree_read(const struct jn_conversion *conversion,
                                const char *member,
                                const char *text,
                                size_t size,
                                const struct jn_node **root)
{
    struct building building = {.conversion = conversion};
    struct jn_node *made = NULL;
    enum jangle_result result;

    jn_json_init(&building.json, text, size, JN_JSON_DEPTH_MAX);
    result = read_all(&building, &made);
    *root = made;
    if (result || jn_json_finish(&building.json))
        return result;
    return jn_conversion_refuse(conversion, member, "is not JSON at byte %zu: %s",
                                (size_t)(building.json.at - building.json.start),
                                building.json.fault);
}

/* ---- writing --------------------------------------------------------------------- */

const struct jn_node *
jn_tree_next(const struct jn_node *node, jn_tree_leave_fn *leave, void *context)
{
    if (node->first)
        return node->first;
    if (jn_node_has_children(node))
        leave(context, node);
    while (node && !node->next) {
        node = node->parent;
        if (node)
            leave(context, node);
    }
    return node ? node->next : NULL;
}

static void close_bracket(void *context, const struct jn_node *node)
{
    jn_json_close(context, node->kind == JN_JSON_OBJECT ? '}' : ']');
}

void jn_tree_write(const struct jn_node *root, struct jn_json_writer *json)
{
    for (const struct jn_node *node = root; node;
         node = jn_tree_next(node, close_bracket, json)) {
        if (node->name)
            jn_json_put_name(json, node->name);
        if (jn_node_has_children(node))
            jn_json_open(json, node->kind == JN_JSON_OBJECT ? '{' : '[');
        else
            jn_json_put_value(json, &node->value);
    }
}
