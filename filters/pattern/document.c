/* document.c - members of objects, and where the words at the top of a pattern are looked
 * up in a document. */
#include "pattern/document.h"

#include <jangle/plugin/support.h>

#include <string.h>

enum { CHUNK = 32, PATH_SIZE = 160 };

/* ---- why ----------------------------------------------------------------------- */

static void add_path(struct jn_sentence *path, const struct jn_pattern_trail *trail)
{
    if (!trail->name)
        return;
    add_path(path, trail->outside);
    if (path->used)
        jn_sentence_put(path, ".");
    jn_sentence_put(path, trail->name);
}

/* The innermost member is told, which is told first. */
static void explain(struct jn_pattern_match *match,
                    const struct jn_pattern_trail *trail,
                    const struct jn_pattern_value *value,
                    enum jangle_match result)
{
    static const char *const kinds[] = {"missing", "null",   "a boolean", "a number",
                                        "a text",  "a list", "an object"};
    char text[PATH_SIZE];
    struct jn_sentence path = jn_sentence_in(text, sizeof text);

    if (!match->explains || !trail ||
        (result == JANGLE_DIFFERS ? match->differs : match->misfits).result)
        return;
    add_path(&path, trail);
    if (result == JANGLE_DIFFERS)
        jangle_error_set(&match->differs, JANGLE_REJECTED, "%s is %s, and does not match",
                         text, kinds[value->kind]);
    else
        jangle_error_set(&match->misfits, JANGLE_INVALID,
                         "%s is %s, and cannot be judged", text, kinds[value->kind]);
}

/* ---- mappings ------------------------------------------------------------------ */

static const struct jn_pattern_value missing = {JN_JSON_NONE, {NULL, 0}};

/* A member that is found beside those of the pattern. */
struct other {
    const char *name; /* NULL: there is none */
    struct jn_pattern_value value;
};

/* A name with escapes is compared by what it says. */
static bool
is_name(const struct jn_json_span *written, bool escaped, const char *name, size_t size)
{
    if (escaped)
        return jn_json_says(written, name);
    return written->size == size && memcmp(written->text, name, size) == 0;
}

/* Put the value where the pattern that names it finds it. */
static void keep_member(const struct jn_json_span *name,
                        const struct jn_pattern_value *value,
                        const struct jn_pattern_node *node,
                        struct jn_pattern_value values[CHUNK],
                        struct other *other)
{
    bool escaped = jn_pattern_has_escapes(name);

    if (escaped && !jn_pattern_is_sound(name))
        return;
    if (other->name && is_name(name, escaped, other->name, strlen(other->name)))
        other->value = *value;
    for (size_t i = 0; node && i < CHUNK; i++, node = node->next)
        if (is_name(name, escaped, node->name, node->name_size))
            values[i] = *value;
}

/* Find the members that the patterns from `first` name, CHUNK of them at most, and
 * `other`. If a name is there twice, the last one counts, so all of the object is read.
 */
static void find_members(struct jn_pattern_match *match,
                         const struct jn_pattern_value *object,
                         const struct jn_pattern_node *first,
                         struct jn_pattern_value values[CHUNK],
                         struct other *other)
{
    const struct jn_pattern_node *node = first;
    struct jn_pattern_reader reader;
    struct jn_json_span name;
    struct jn_pattern_value value;

    other->value = missing;
    for (size_t i = 0; node && i < CHUNK; i++, node = node->next)
        values[i] = missing;
    if (object->kind != JN_JSON_OBJECT || !jn_pattern_step_over(match, object->span.size))
        return;
    reader = jn_pattern_enter(object);
    while (jn_pattern_next_member(&reader, &name, &value))
        keep_member(&name, &value, first, values, other);
}

/* In SQS MEGA a member that is missing is not looked at, although its manual says that
 * then nothing matches. */
static enum jangle_match match_member(struct jn_pattern_match *match,
                                      const struct jn_pattern_node *node,
                                      const struct jn_pattern_value *value,
                                      const struct jn_pattern_trail *trail)
{
    struct jn_pattern_trail here = {trail, node->name};
    enum jangle_match result;

    if (value->kind == JN_JSON_NONE && match->pattern->strict)
        return JANGLE_MATCHES;
    result = match->evaluate(match, node, value, trail ? &here : NULL);
    if (result != JANGLE_MATCHES)
        explain(match, trail ? &here : NULL, value, result);
    return result;
}

/* Match the members from `*node` on, CHUNK of them at most, and go past them. */
static enum jangle_match match_chunk(struct jn_pattern_match *match,
                                     const struct jn_pattern_node **node,
                                     const struct jn_pattern_value values[CHUNK],
                                     const struct jn_pattern_trail *trail)
{
    enum jangle_match so_far = JANGLE_MATCHES;

    for (size_t i = 0; *node && i < CHUNK; i++, *node = (*node)->next) {
        if (jn_pattern_is_decided(match, so_far, JANGLE_DIFFERS))
            return so_far;
        so_far = jn_pattern_all(so_far, match_member(match, *node, &values[i], trail));
    }
    return so_far;
}

enum jangle_match jn_pattern_match_members(struct jn_pattern_match *match,
                                           const struct jn_pattern_node *node,
                                           const struct jn_pattern_value *value,
                                           const struct jn_pattern_trail *trail)
{
    const struct jn_pattern_node *child = node->children;
    enum jangle_match so_far = JANGLE_MATCHES;
    struct jn_pattern_value values[CHUNK];
    struct other nothing = {0};

    while (child && !jn_pattern_is_decided(match, so_far, JANGLE_DIFFERS)) {
        find_members(match, value, child, values, &nothing);
        so_far = jn_pattern_all(so_far, match_chunk(match, &child, values, trail));
    }
    return so_far;
}

enum jangle_match jn_pattern_match_mapping(struct jn_pattern_match *match,
                                           const struct jn_pattern_node *node,
                                           const struct jn_pattern_value *value,
                                           const struct jn_pattern_trail *trail)
{
    if (value->kind == JN_JSON_NONE || (value->kind == JN_JSON_NULL && node->count))
        return JANGLE_DIFFERS;
    if (value->kind == JN_JSON_NULL)
        return JANGLE_MATCHES;
    if (value->kind != JN_JSON_OBJECT)
        return JANGLE_MISFITS;
    return jn_pattern_match_members(match, node, value, trail);
}

/* ---- the document -------------------------------------------------------------- */

/* The members of a document in MEGA's shape that some words of the pattern name: at its
 * top, in its event, in the attributes of that, and in its extras. */
struct parts {
    struct other event, attributes, extra, payload;
    struct jn_pattern_value in_top[CHUNK], in_event[CHUNK], in_attributes[CHUNK],
        in_extra[CHUNK];
};

static const struct jn_pattern_value *first_of(const struct jn_pattern_value *one,
                                               const struct jn_pattern_value *other)
{
    return one->kind != JN_JSON_NONE ? one : other;
}

/* The value that a word means. Members of an event that MEGA does not know are data, too,
 * because its own examples write them so. A format keeps in its extras what MEGA has
 * beside the event, and as "payload" which protocol it was. */
static const struct jn_pattern_value *
look_up(const struct parts *parts, enum jn_pattern_place place, size_t i)
{
    switch (place) {
    case JN_PATTERN_IN_EVENT:
        return &parts->in_event[i];
    case JN_PATTERN_DOMAIN:
        return first_of(&parts->in_event[i], &parts->in_extra[i]);
    case JN_PATTERN_OBJECT:
        return first_of(&parts->in_top[i], &parts->in_extra[i]);
    case JN_PATTERN_PROTOCOL:
        return first_of(first_of(&parts->in_top[i], &parts->in_extra[i]),
                        &parts->payload.value);
    case JN_PATTERN_EXTRA:
        return first_of(&parts->in_extra[i], &parts->in_top[i]);
    default:
        return first_of(&parts->in_attributes[i], &parts->in_event[i]);
    }
}

/* False: the document has no event. */
static bool find_event(struct jn_pattern_match *match,
                       const struct jn_pattern_value *document,
                       const struct jn_pattern_node *words,
                       struct parts *parts)
{
    parts->event.name = "event";
    find_members(match, document, words, parts->in_top, &parts->event);
    return parts->event.value.kind == JN_JSON_OBJECT;
}

static bool is_beside(const struct jn_pattern_node *words)
{
    for (size_t i = 0; words && i < CHUNK; i++, words = words->next)
        if (words->place >= JN_PATTERN_DOMAIN)
            return true;
    return false;
}

/* The extras are read only for words that may be there. */
static void find_words(struct jn_pattern_match *match,
                       const struct jn_pattern_value *document,
                       const struct jn_pattern_node *words,
                       struct parts *parts)
{
    struct jn_pattern_value values[CHUNK];

    parts->attributes.name = "attributes";
    parts->extra.name = "extra";
    parts->payload.name = "payload";
    find_members(match, &parts->event.value, words, parts->in_event, &parts->attributes);
    find_members(match, &parts->attributes.value, words, parts->in_attributes,
                 &(struct other){0});
    if (!is_beside(words))
        return;
    find_members(match, document, NULL, values, &parts->extra);
    find_members(match, &parts->extra.value, words, parts->in_extra, &parts->payload);
}

/* A document without an event is data, and nothing else. */
enum jangle_match jn_pattern_match_document(struct jn_pattern_match *match,
                                            const struct jn_pattern_node *node,
                                            const struct jn_pattern_value *document,
                                            const struct jn_pattern_trail *trail)
{
    const struct jn_pattern_node *word = node->children;
    enum jangle_match so_far = JANGLE_MATCHES;
    struct jn_pattern_value values[CHUNK];
    struct parts parts;

    while (find_event(match, document, word, &parts)) {
        const struct jn_pattern_node *at = word;

        find_words(match, document, word, &parts);
        for (size_t i = 0; at && i < CHUNK; i++, at = at->next)
            values[i] = *look_up(&parts, at->place, i);
        so_far = jn_pattern_all(so_far, match_chunk(match, &word, values, trail));
        if (!word || jn_pattern_is_decided(match, so_far, JANGLE_DIFFERS))
            return so_far;
    }
    return jn_pattern_match_mapping(match, node, document, trail);
}
