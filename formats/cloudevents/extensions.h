/* extensions.h - attributes of CloudEvents that the contents have no member for: their
 * names and values, and how they are kept among the extras. */
#ifndef JN_EXTENSIONS_H
#define JN_EXTENSIONS_H

#include "cloudevents/attributes.h"

/* INVALID: `reason` says why the extra cannot be written. */
enum jangle_result jn_extension_refuse(const struct jn_conversion *conversion,
                                       const char *name,
                                       const char *reason);

/* An extra as an attribute. INVALID: the name has something else than lower-case letters
 * and digits, or the value is an object or a list. */
enum jangle_result jn_extension_write(const struct jn_conversion *conversion,
                                      const struct jn_member *member,
                                      struct jn_attribute *attribute);

/* Check an attribute that was read: its name; and its value, if that is a number. */
enum jangle_result jn_extension_check(const struct jn_conversion *conversion,
                                      const struct jn_attribute *attribute);

#endif
