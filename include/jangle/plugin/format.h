/* format.h - the contract of a wire format, which says how a message is written into a
 * parcel and read from one. Implement it to bring your own.
 *
 * A format knows no broker: it fills in content type, headers and body of a parcel, and
 * the engine fills in topic, queue, route, key and id. Its functions are pure, and any
 * number of threads call them at the same time. */
#ifndef JANGLE_PLUGIN_FORMAT_H
#define JANGLE_PLUGIN_FORMAT_H

#include <jangle/message.h>
#include <jangle/plugin/transport.h>

JANGLE_C_BEGIN

struct jangle_format;

/* What a message says, whatever its wire format. No text is NULL: "" means that there is
 * none. */
struct jangle_contents {
    const char *id;     /* of the message: the same each time that it is sent */
    const char *source; /* who says it. Source and id together are unique in the world */
    const char *type;   /* the type's name, as programs outside know it */
    int type_version;   /* 0: the message does not say */
    enum jangle_role role; /* EVENT or COMMAND */
    const char *key;       /* messages of equal keys are kept in order: as a rule the
                              stream */
    const char *subject;   /* whom it is about: as a rule the id of the aggregate */
    int64_t version;       /* in its stream; 0: the message does not say */
    int64_t position;      /* in the sender's store; 0: the message does not say */
    jangle_time at;        /* zero: the message does not say */
    struct jangle_origin origin; /* here a member may be NULL, as in message.h */
    const char *data;            /* JSON */
    const char *extra;           /* a JSON object of what the format has besides; or "" */
};

/* FO-1   Write the contents: fill in content_type, headers and body of the parcel, in the
 *        arena. The same contents always give the same bytes. INVALID: this format cannot
 *        say that, and `error` names the member. NO_MEMORY. */
typedef enum jangle_result jangle_format_encode_fn(const struct jangle_format *format,
                                                   struct jangle_arena *arena,
                                                   const struct jangle_contents *contents,
                                                   struct jangle_parcel *parcel,
                                                   struct jangle_error *error);

/* FO-2   Read a parcel: fill in the contents, in the arena. What they point to may also
 *        be the parcel's own memory. NOT_FOUND: the parcel has another format, and the
 *        consumer's next format shall try. INVALID: the parcel has this format and is
 *        malformed, and `error` names the member. Whatever the bytes are, the call takes
 *        time and memory in proportion to their number. NO_MEMORY.
 * FO-3   What `encode` has written, `decode` reads, member for member, unless the
 *        format's comment says that it does not carry a member. */
typedef enum jangle_result jangle_format_decode_fn(const struct jangle_format *format,
                                                   struct jangle_arena *arena,
                                                   const struct jangle_parcel *parcel,
                                                   struct jangle_contents *contents,
                                                   struct jangle_error *error);

struct jangle_format {
    int abi; /* 1 */
    const char *name;
    jangle_format_encode_fn *encode;
    jangle_format_decode_fn *decode;
    bool keyless; /* its parcels get no key, because a transport writes the key into a
                     header, and who reads this format must not find any */
};

/* ---- for formats that can say more than a message ------------------------------ */

/* A translate function of a publisher (messaging.h) says what an event is outside. A
 * library that brings a format can offer a function that says more, as jangle_mega does:
 * it calls one of these in the translate function, on the same thread. */
struct jangle_translation;

/* The arena of the translated message: what is made there lives until it is written. */
JANGLE_API struct jangle_arena *
jangle_translation_arena(struct jangle_translation *translation);

/* FO-4   Give what the format shall find in contents.extra: a JSON object, which is
 *        copied. If a jangle_any says of which type its data is, that stands there, too.
 *        INVALID: it is no JSON object, or was given already, or the translation is a
 *        consumer's, where no format writes. The translation then has failed, whatever
 *        the translate function returns. NO_MEMORY. */
JANGLE_API enum jangle_result
jangle_translation_extra(struct jangle_translation *translation, const char *extra);

/* The translation has failed, and this is why: the event is a dead letter with this
 * sentence. If it has failed before, the first sentence and its result stay. Returns
 * that result, as a rule INVALID. */
JANGLE_API enum jangle_result
jangle_translation_refuse(struct jangle_translation *translation, const char *format, ...)
    JANGLE_PRINTF(2, 3);

JANGLE_C_END

#endif
