/* table.c - rows in order, compared with a plain array under random changes, some
 * of them taken back. */
#include "memory/table.h"
#include "support/effort.h"
#include "support/failing_allocator.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEY_COUNT = 40, CHANGE_COUNT = 12 };

/* What must be in the table: for each number the position of its checkpoint; 0:
 * no row. */
struct model {
    int64_t positions[KEY_COUNT];
};

struct scene {
    struct failing_allocator memory;
    struct jn_table table;
    struct jn_journal journal;
    struct model model;
    uint64_t dice;
};

static unsigned draw(struct scene *scene, unsigned limit)
{
    scene->dice = scene->dice * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(scene->dice >> 33) % limit;
}

static struct jn_key key_of(unsigned number)
{
    static const char *const texts[] = {"a", "ab", "b", NULL};

    /* Every part of the key takes its turn at telling two apart. */
    return (struct jn_key){.rank = number / 20,
                           .first = texts[number / 8 % 3],
                           .second = texts[number / 4 % 4],
                           .number = number % 4,
                           .last = (int64_t)number % 2 - 1};
}

static enum jangle_result put(struct scene *scene, unsigned number, int64_t position)
{
    struct jn_memory_row *row = jn_new(&scene->memory.allocator, sizeof *row);
    struct jn_key key = key_of(number);
    enum jangle_result result;

    if (!row)
        return JANGLE_NO_MEMORY;
    row->references = 1;
    row->as.checkpoint.position = position;
    result = jn_table_put(&scene->table, &scene->journal, &key, row);
    jn_memory_row_drop(row, &scene->memory.allocator);
    return result;
}

/* Changes table and model alike; what there was no memory for changes neither. */
static void change(struct scene *scene)
{
    unsigned number = draw(scene, KEY_COUNT);
    int64_t position = 1 + draw(scene, 1000);
    struct jn_key key = key_of(number);
    enum jangle_result result;

    failing_allocator_arm(&scene->memory, draw(scene, 8));
    if (draw(scene, 3)) {
        result = put(scene, number, position);
    } else {
        result = jn_table_remove(&scene->table, &scene->journal, &key);
        position = 0;
    }
    failing_allocator_arm(&scene->memory, 0);
    if (!result)
        scene->model.positions[number] = position;
}

static void assert_same(const struct scene *scene)
{
    const struct jn_node *node = scene->table.first[0];
    size_t nodes = 0, rows = 0;

    for (; node; node = node->next[0], nodes++) {
        if (node->next[0])
            assert_ptr_equal(jn_table_from(&scene->table, &node->next[0]->key),
                             node->next[0]);
    }
    for (unsigned number = 0; number < KEY_COUNT; number++) {
        struct jn_key key = key_of(number);
        const struct jn_memory_row *row = jn_table_find(&scene->table, &key);

        assert_int_equal(row ? row->as.checkpoint.position : 0,
                         scene->model.positions[number]);
        rows += row != NULL;
    }
    assert_int_equal(nodes, rows);
}

static void a_table_holds_what_an_array_would_after_any_changes(void **state)
{
    struct scene scene = {.dice = effort_seed()};

    (void)state;
    failing_allocator_init(&scene.memory, 0);
    jn_journal_init(&scene.journal, &scene.memory.allocator);
    for (int round = effort_count(EFFORT_TABLE); round > 0; round--) {
        struct model before = scene.model;

        for (unsigned i = draw(&scene, CHANGE_COUNT); i > 0; i--)
            change(&scene);
        if (draw(&scene, 2)) {
            jn_journal_keep(&scene.journal);
        } else {
            jn_journal_undo(&scene.journal, 0);
            scene.model = before;
        }
        assert_same(&scene);
    }
    jn_table_finish(&scene.table, &scene.memory.allocator);
    jn_journal_finish(&scene.journal);
    assert_int_equal(scene.memory.pieces, 0);
}

static void a_journal_is_taken_back_to_any_point(void **state)
{
    struct scene scene = {.dice = 1};
    struct jn_key second = key_of(2);
    size_t half;

    (void)state;
    failing_allocator_init(&scene.memory, 0);
    jn_journal_init(&scene.journal, &scene.memory.allocator);
    assert_result(put(&scene, 1, 10), JANGLE_OK);
    assert_result(put(&scene, 2, 20), JANGLE_OK);
    half = scene.journal.count;
    assert_result(put(&scene, 1, 11), JANGLE_OK);
    assert_result(jn_table_remove(&scene.table, &scene.journal, &second), JANGLE_OK);
    assert_result(put(&scene, 3, 30), JANGLE_OK);
    jn_journal_undo(&scene.journal, half);
    scene.model.positions[1] = 10;
    scene.model.positions[2] = 20;
    assert_same(&scene);
    jn_journal_keep(&scene.journal);
    jn_table_finish(&scene.table, &scene.memory.allocator);
    jn_journal_finish(&scene.journal);
    assert_int_equal(scene.memory.pieces, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_holds_what_an_array_would_after_any_changes),
        cmocka_unit_test(a_journal_is_taken_back_to_any_point),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
