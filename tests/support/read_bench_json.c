/* read_bench_json.c - is a file what `bench --json` promises, and are these its rows? */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int complain(const char *row, const char *what)
{
    fprintf(stderr, "%s: %s\n", row, what);
    return 1;
}

/* One number a round, and the middle and the ends of them. */
static int check_figure(const char *row, const json_t *figure, size_t rounds)
{
    const json_t *values = json_object_get(figure, "values");
    double median = json_number_value(json_object_get(figure, "median"));
    double least = json_number_value(json_object_get(figure, "min"));
    double most = json_number_value(json_object_get(figure, "max"));

    if (json_array_size(values) != rounds)
        return complain(row, "there is not one value a round");
    for (size_t i = 0; i < rounds; i++) {
        double value = json_number_value(json_array_get(values, i));

        if (value < least || value > most)
            return complain(row, "a value is not between min and max");
    }
    return median < least || median > most || !(most > 0)
               ? complain(row, "the median is not between min and max, or all are 0")
               : 0;
}

static int check_row(const json_t *row, const char *name, size_t rounds)
{
    const json_t *here = json_object_get(row, "here");
    const char *found = json_string_value(json_object_get(row, "row"));

    if (!found || strcmp(found, name) != 0)
        return complain(name, "another row is in its place");
    if (!json_is_string(json_object_get(row, "unit")))
        return complain(name, "it has no unit");
    if (!json_is_object(json_object_get(here, "counts")))
        return complain(name, "it has no counts");
    return check_figure(name, json_object_get(here, "rate"), rounds);
}

static bool is_number_or_null(const json_t *target, const char *member)
{
    const json_t *value = json_object_get(target, member);

    return json_is_number(value) || json_is_null(value);
}

/* What a target came to: its ratio and its outcome follow from its other members. */
static int check_target(const json_t *target)
{
    bool reached;
    const json_t *ok = json_object_get(target, "ok");
    const json_t *ratio = json_object_get(target, "ratio");
    const char *name = json_string_value(json_object_get(target, "name"));
    const char *bound = json_string_value(json_object_get(target, "bound"));
    double wanted = json_number_value(json_object_get(target, "target"));
    double is = json_number_value(
        json_is_number(ratio) ? ratio : json_object_get(target, "value"));

    if (!name || !bound || !json_is_string(json_object_get(target, "unit")))
        return complain("a target", "it has no name, no unit or no bound");
    if (!is_number_or_null(target, "value") || !is_number_or_null(target, "baseline") ||
        !is_number_or_null(target, "ratio") || !is_number_or_null(target, "target"))
        return complain(name, "a member of it is no number");
    if (json_is_null(ok))
        return 0;
    reached = strcmp(bound, "at most") != 0 ? is >= wanted : is <= wanted;
    reached |= json_number_value(json_object_get(target, "value")) <
               json_number_value(json_object_get(target, "or_below"));
    if (!json_is_boolean(ok) || json_is_true(ok) != reached)
        return complain(name, "its outcome does not follow from its figures");
    return 0;
}

int main(int count, char **words)
{
    json_error_t error;
    json_t *root =
        count > 1 ? json_load_file(words[1], JSON_REJECT_DUPLICATES, &error) : NULL;
    const json_t *rows = json_object_get(root, "measured");
    const json_t *targets = json_object_get(root, "rows");
    size_t rounds = (size_t)json_integer_value(json_object_get(root, "rounds"));
    int failed = 0;

    if (!root) {
        fprintf(stderr, "usage: read_bench_json FILE ROW..., or the file is wrong: %s\n",
                count > 1 ? error.text : "there is none");
        return 1;
    }
    if (!json_is_string(json_object_get(root, "date")) || !rounds)
        failed = complain(words[1], "it has no date, or no rounds");
    if (json_array_size(rows) != (size_t)count - 2)
        failed = complain(words[1], "it has more rows, or fewer");
    for (int i = 2; i < count && !failed; i++)
        failed = check_row(json_array_get(rows, (size_t)i - 2), words[i], rounds);
    if (!json_is_array(targets))
        failed = complain(words[1], "it says nothing of targets");
    for (size_t i = 0; i < json_array_size(targets) && !failed; i++)
        failed = check_target(json_array_get(targets, i));
    json_decref(root);
    return failed;
}
