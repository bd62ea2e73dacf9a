/* pattern.c - a program of a stranger: it compiles a pattern, by hand and as a filter. */
#include <jangle/pattern.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    static const struct jangle_filter where = JANGLE_PATTERN("quantity: gt('5')");
    static const char json[] = "{\"event\":{\"name\":\"item.added\",\"quantity\":5}}";
    struct jangle_filter_program *program = NULL;
    struct jangle_pattern *pattern;
    struct jangle_host host = {0};
    struct jangle_error error = {0};
    enum jangle_match match;

    if (jangle_pattern_compile("name: match('item'), quantity: gt(4)", NULL, &pattern,
                               &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    match = jangle_pattern_match(pattern, json, strlen(json), NULL);
    jangle_pattern_free(pattern);
    if (match != JANGLE_MATCHES)
        return 1;
    return where.ops->compile(&where, &host, &program, &error) != JANGLE_INVALID;
}
