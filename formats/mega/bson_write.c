/* bson_write.c - JSON as BSON. The bytes are put together here and not by libbson, which
 * ends the program when memory runs out. */
#include "mega/bson_write.h"

#include <bson/bson.h>

#include <string.h>

enum { FIRST_CAPACITY = 256, DIGITS_MAX = 20 };

struct writing {
    const struct jn_conversion *conversion;
    enum jangle_result result; /* the first failure: nothing more is written */
    uint8_t *bytes;            /* in the arena; grown by doubling */
    size_t size;
    size_t capacity;
    size_t starts[JN_JSON_DEPTH_MAX]; /* of the documents that are open */
    size_t depth;
};

/* ---- bytes ----------------------------------------------------------------------- */

static bool grow(struct writing *writing, size_t size)
{
    size_t capacity = writing->capacity ? writing->capacity : FIRST_CAPACITY;
    uint8_t *bytes;

    while (capacity < size)
        capacity *= 2;
    bytes = jangle_alloc(writing->conversion->arena, capacity);
    if (!bytes) {
        writing->result = jn_conversion_no_memory(writing->conversion);
        return false;
    }
    if (writing->size)
        memcpy(bytes, writing->bytes, writing->size);
    writing->bytes = bytes;
    writing->capacity = capacity;
    return true;
}

static void refuse(struct writing *writing, const char *reason)
{
    if (!writing->result)
        writing->result = jn_conversion_refuse(writing->conversion, "data", "%s", reason);
}

/* A document says its length in a whole number of 32 bits. */
static void put(struct writing *writing, const void *bytes, size_t size)
{
    if (writing->result)
        return;
    if (size > (size_t)INT32_MAX - writing->size) {
        refuse(writing, "is too large for BSON");
        return;
    }
    if (writing->size + size > writing->capacity && !grow(writing, writing->size + size))
        return;
    if (size)
        memcpy(writing->bytes + writing->size, bytes, size);
    writing->size += size;
}

/* Numbers have their lowest byte first, on every machine. */
static void put_number(struct writing *writing, uint64_t bits, size_t size)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(bits >> 8 * i);
    put(writing, bytes, size);
}

/* ---- values ---------------------------------------------------------------------- */

/* The type, and the name: in a list that is the number of the item. */
static void
put_head(struct writing *writing, bson_type_t type, const struct jn_node *node)
{
    char digits[DIGITS_MAX + 1], *start = digits + DIGITS_MAX;
    const char *name = node->name;

    if (!name) {
        size_t index = node->index;

        *start = '\0';
        do
            *--start = (char)('0' + index % 10);
        while (index /= 10);
        name = start;
    }
    put(writing, &(uint8_t){(uint8_t)type}, 1);
    put(writing, name, strlen(name) + 1);
}

/* False: it is not written as a whole number, or is beyond 64 bits, and then `digits`
 * says which of the two. */
static bool read_whole(const struct jn_json_span *number, int64_t *value, bool *digits)
{
    bool below = number->text[0] == '-';
    uint64_t limit = (uint64_t)INT64_MAX + below, bits = 0;

    *digits = true;
    for (size_t i = below; i < number->size; i++)
        if (number->text[i] < '0' || number->text[i] > '9')
            return *digits = false;
    for (size_t i = below; i < number->size; i++) {
        uint64_t digit = (uint64_t)(number->text[i] - '0');

        if (bits > (limit - digit) / 10)
            return false;
        bits = bits * 10 + digit;
    }
    if (below && bits == limit)
        *value = INT64_MIN;
    else
        *value = below ? -(int64_t)bits : (int64_t)bits;
    return true;
}

static void put_number_of(struct writing *writing, const struct jn_node *node)
{
    int64_t whole;
    double real;
    uint64_t bits;
    bool digits;

    if (read_whole(&node->value, &whole, &digits)) {
        bool is_small = whole >= INT32_MIN && whole <= INT32_MAX;

        put_head(writing, is_small ? BSON_TYPE_INT32 : BSON_TYPE_INT64, node);
        put_number(writing, (uint64_t)whole, is_small ? 4 : 8);
        return;
    }
    if (digits || !jn_json_read_real(&node->value, &real)) {
        refuse(writing, "has a number that is too large for BSON");
        return;
    }
    memcpy(&bits, &real, sizeof bits);
    put_head(writing, BSON_TYPE_DOUBLE, node);
    put_number(writing, bits, 8);
}

static void put_text(struct writing *writing, const struct jn_node *node)
{
    const char *text;

    if (writing->result)
        return;
    writing->result =
        jn_conversion_unescape(writing->conversion, "data", &node->value, &text);
    if (writing->result)
        return;
    put_head(writing, BSON_TYPE_UTF8, node);
    put_number(writing, strlen(text) + 1, 4);
    put(writing, text, strlen(text) + 1);
}

/* ---- documents ------------------------------------------------------------------- */

/* The length is filled in when the document ends. */
static void open_document(struct writing *writing, const struct jn_node *node)
{
    if (node->parent)
        put_head(writing,
                 node->kind == JN_JSON_OBJECT ? BSON_TYPE_DOCUMENT : BSON_TYPE_ARRAY,
                 node);
    writing->starts[writing->depth++] = writing->size;
    put_number(writing, 0, 4);
}

static void close_document(void *context, const struct jn_node *node)
{
    struct writing *writing = context;
    size_t start = writing->starts[--writing->depth];

    (void)node;
    put(writing, "", 1);
    if (writing->result)
        return;
    for (size_t i = 0; i < 4; i++)
        writing->bytes[start + i] = (uint8_t)((writing->size - start) >> 8 * i);
}

static void put_node(struct writing *writing, const struct jn_node *node)
{
    switch (node->kind) {
    case JN_JSON_OBJECT:
    case JN_JSON_LIST:
        open_document(writing, node);
        break;
    case JN_JSON_NULL:
        put_head(writing, BSON_TYPE_NULL, node);
        break;
    case JN_JSON_BOOL:
        put_head(writing, BSON_TYPE_BOOL, node);
        put_number(writing, *node->value.text == 't', 1);
        break;
    case JN_JSON_NUMBER:
        put_number_of(writing, node);
        break;
    case JN_JSON_TEXT:
        put_text(writing, node);
        break;
    case JN_JSON_NONE: /* a tree has none */
        break;
    }
}

enum jangle_result jn_bson_write(const struct jn_conversion *conversion,
                                 const struct jn_node *root,
                                 const void **bytes,
                                 size_t *size)
{
    struct writing writing = {.conversion = conversion};

    for (const struct jn_node *node = root; node;
         node = jn_tree_next(node, close_document, &writing))
        put_node(&writing, node);
    *bytes = writing.bytes;
    *size = writing.size;
    return writing.result;
}
