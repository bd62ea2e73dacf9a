/* extensions.c - attributes of CloudEvents that the contents have no member for. */
#include "cloudevents/extensions.h"

#include <stdio.h>
#include <string.h>

static bool is_legal(const char *name)
{
    return *name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789")];
}

/* Of the numbers CloudEvents has only whole ones. */
static bool is_fraction(const struct jn_attribute *attribute)
{
    return attribute->bare && strpbrk(attribute->text, "0123456789") &&
           strpbrk(attribute->text, ".eE");
}

enum jangle_result jn_extension_refuse(const struct jn_conversion *conversion,
                                       const char *name,
                                       const char *reason)
{
    const char *member = jangle_text(conversion->arena, "extra.%s", name);

    if (!*member)
        return jn_conversion_no_memory(conversion);
    return jn_conversion_refuse(conversion, member, "%s", reason);
}

enum jangle_result jn_extension_write(const struct jn_conversion *conversion,
                                      const struct jn_member *member,
                                      struct jn_attribute *attribute)
{
    enum jangle_result result;

    if (!is_legal(member->name))
        return jn_extension_refuse(conversion, member->name,
                                   "is no name of CloudEvents, which has only lower-case "
                                   "letters and digits");
    if (strcmp(member->name, "data") == 0)
        return jn_extension_refuse(conversion, member->name,
                                   "is a member of the contents");
    if (member->kind == JN_JSON_OBJECT || member->kind == JN_JSON_LIST)
        return jn_extension_refuse(conversion, member->name,
                                   "is an object or a list, which no attribute can be");
    attribute->name = member->name;
    result = jn_member_read_value(conversion, member, &attribute->text, &attribute->bare);
    if (!result && is_fraction(attribute))
        return jn_extension_refuse(conversion, member->name, "is no whole number");
    return result;
}

enum jangle_result jn_extension_check(const struct jn_conversion *conversion,
                                      const struct jn_attribute *attribute)
{
    if (!is_legal(attribute->name))
        return jn_conversion_refuse(conversion, attribute->name,
                                    "is no name of CloudEvents, which has only "
                                    "lower-case letters and digits");
    if (is_fraction(attribute))
        return jn_conversion_refuse(conversion, attribute->name, "is no whole number");
    return JANGLE_OK;
}
