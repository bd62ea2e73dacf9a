/* mega.h - the payloads of SQS MEGA: MEGA events, data objects, plain text and bytes.
 * Link the library jangle_mega. docs/formats.md has its tables. */
#ifndef JANGLE_MEGA_H
#define JANGLE_MEGA_H

#include <jangle/plugin/format.h>

JANGLE_C_BEGIN

/* The two wire formats write the same payloads: `jangle_mega` as JSON, byte for byte as
 * Python writes it with its keys in order; `jangle_mega_binary` writes objects as BSON in
 * base64. Each of them reads what either has written, and whatever SQS MEGA has written.
 *
 * A message with a type is a MEGA event. One without a type is a payload of another kind,
 * for which `struct jangle_any` (messaging.h) is the struct: JSON is a data object, a
 * text is plain text, and bytes are bytes. Both formats read everything but CloudEvents,
 * so they come last in a list of formats. A MEGA event that has a fault is INVALID, and
 * is never taken for a data object.
 *
 * In the extras of a message, "payload" is its kind: "mega", "data", "plaintext" or
 * "binary". A MEGA event may also have "domain", "object" and "extra" there. */
JANGLE_API extern const struct jangle_format jangle_mega;
JANGLE_API extern const struct jangle_format jangle_mega_binary;

/* What a MEGA event says besides its name, its attributes and its subject. What is left
 * out is not written. All texts are copied. */
struct jangle_mega_object {
    const char *domain; /* of the event */
    const char *type;   /* of the object, and so are the next four */
    const char *id;
    int version;         /* 0: 1 */
    const char *current; /* a JSON object: as it is now. SQS MEGA demands one with members
                            if anything is said of the object */
    const char *previous; /* a JSON object: as it was before the event */
    const char *extra;    /* a JSON object: what else the receiver may want to know */
};

struct jangle_translation;

/* In a translate function of a publisher (messaging.h): give the translated message, as
 * jangle_translate does, with what SQS MEGA's PayloadBuilder can say besides:
 *
 *     return jangle_translate_mega(
 *         translation, (&(struct jangle_mega_object){.domain = "cart", .current = json}),
 *         item_added, .item_id = event->aggregate_id, .quantity = 5);
 *
 * The event must be published in one of the two formats, because to any other these are
 * extras that it does not know: it refuses them, or writes them in its own way. INVALID:
 * a text is not UTF-8 or no JSON object, or the message does not pass its check;
 * NO_MEMORY. Return the result. */
#define jangle_translate_mega(translation, object, type, ...)                            \
    jangle_translate_mega_(translation, object, &type, &(const struct type){__VA_ARGS__})

JANGLE_API enum jangle_result
jangle_translate_mega_(struct jangle_translation *translation,
                       const struct jangle_mega_object *object,
                       const struct jangle_message *type,
                       const void *data);

JANGLE_C_END

#endif
