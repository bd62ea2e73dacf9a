/* attributes.h - the attributes of CloudEvents, and which member of the contents each is.
 */
#ifndef JN_ATTRIBUTES_H
#define JN_ATTRIBUTES_H

#include "common/body.h"

struct jn_attribute {
    const char *name;
    const char *text;
    bool bare; /* in JSON it has no quotes: a number, true or false */
};

/* A list in the arena. */
struct jn_attributes {
    struct jn_attribute *items;
    size_t count;
};

/* All attributes of contents that are to be written, but for datacontenttype, which is in
 * `body`. Always in the same order. */
enum jangle_result jn_attributes_write(const struct jn_conversion *conversion,
                                       const struct jangle_contents *contents,
                                       struct jn_attributes *attributes,
                                       struct jn_body *body);

/* Fill in the contents, but for data and extra. The extras, other than those of `body`,
 * are put into `extra`. INVALID if an attribute is missing or malformed. No name is there
 * twice. */
enum jangle_result jn_attributes_read(const struct jn_conversion *conversion,
                                      const struct jn_attributes *attributes,
                                      struct jangle_contents *contents,
                                      struct jn_body *body,
                                      struct jn_json_writer *extra);

/* Write an attribute as a member of the object that is open. */
void jn_attribute_put(struct jn_json_writer *json, const struct jn_attribute *attribute);

#endif
