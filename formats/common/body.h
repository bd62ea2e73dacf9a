/* body.h - data that is not JSON: how bytes of any type become the JSON of a message, and
 * are written again.
 *
 * Text becomes a JSON string. Other bytes become a JSON string in base64, and the message
 * then has "datacontentencoding": "base64" among its extras (as CloudEvents 0.3 had it).
 * The type of the bytes is "datacontenttype" there, unless it is application/json. */
#ifndef JN_BODY_H
#define JN_BODY_H

#include "common/members.h"

#define JN_MEDIA_JSON    "application/json"
#define JN_BODY_TYPE     "datacontenttype"
#define JN_BODY_ENCODING "datacontentencoding"
#define JN_BODY_BASE64   "base64"

/* What the extras of a message say of its data. */
struct jn_body {
    const char *content_type; /* NULL: they do not say */
    bool base64;              /* the data is a JSON string in base64 */
};

/* Read the extras of contents that are to be written: a JSON object, or "". `extra` gets
 * all members, also those that `body` holds. */
enum jangle_result jn_body_find(const struct jn_conversion *conversion,
                                const struct jangle_contents *contents,
                                struct jn_members *extra,
                                struct jn_body *body);

/* Is the member one of those that struct jn_body holds? */
bool jn_body_holds(const char *name);

/* Write the data as the body of a parcel, and fill in its content type. */
enum jangle_result jn_body_write(const struct jn_conversion *conversion,
                                 const char *data,
                                 const struct jn_body *body,
                                 struct jangle_parcel *parcel);

/* Check that the data is what its type says: base64 in a JSON string, or JSON. */
enum jangle_result jn_body_check(const struct jn_conversion *conversion,
                                 const char *data,
                                 const struct jn_body *body,
                                 struct jn_json_span *value);

/* Read the bytes of a body whose type is body->content_type. Sets body->base64. */
enum jangle_result jn_body_read(const struct jn_conversion *conversion,
                                const void *bytes,
                                size_t size,
                                struct jn_body *body,
                                const char **data);

/* The bytes that a text in base64 stands for. `member` is what errors call the text. */
enum jangle_result jn_body_from_base64(const struct jn_conversion *conversion,
                                       const char *member,
                                       const char *text,
                                       const void **bytes,
                                       size_t *size);

/* Write the members of struct jn_body, if they are needed, into an object of extras. */
void jn_body_put(struct jn_json_writer *extra, const struct jn_body *body);

#endif
