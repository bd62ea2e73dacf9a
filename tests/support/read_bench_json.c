/* read_bench_json.c - is a file what `bench --json` promises, and are these its rows? */
#include <jansson.h>
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

int main(int count, char **words)
{
    json_error_t error;
    json_t *root =
        count > 1 ? json_load_file(words[1], JSON_REJECT_DUPLICATES, &error) : NULL;
    const json_t *rows = json_object_get(root, "rows");
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
    json_decref(root);
    return failed;
}
