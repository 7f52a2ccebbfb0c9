/* Whatever is done to a history, in whichever format, reading it gives operations or says what is
 * wrong in a line that there is, and never crashes; and the same bytes give the same.
 *
 *     archive-fuzz [COUNT [FIRST]]
 *
 * Worth running under AddressSanitizer. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "base/random.h"

enum { TEXT_MAX = 4096, CHANGES_MAX = 6 };

static const char *const samples[] = {
    "INFO  jepsen.util - 0\t:invoke\t:write\t3\n"
    "INFO  jepsen.util - :nemesis\t:info\t:start\t\"Cut off {:n1 #{:n2}}\"\n"
    "INFO  jepsen.util - 0   :ok    :write  3\n"
    "INFO  jepsen.util - 1\t:invoke\t:cas\t[3 4]\n"
    "INFO  jepsen.util - 1\t:info\t:cas\t:timed-out\n",
    "; a note\n#jepsen.history.History (#jepsen.history.Op{:index 0, :type :invoke, :f :write,\n"
    "   :value 1, :process 0}\n {:index 1, :process :nemesis, :type :info, :f :kill, :value #{}}\n"
    " {:index 2, :process 0, :type :info, :f :write, :value 1, :error [:timeout \"a \\\"b\\\"\"]}\n"
    " #_ {:index 9} {:index 3, :process 0, :type :invoke, :f :read, :value nil}\n"
    " {:index 4, :process 0, :type :ok, :f :read, :value {:a [1/2 ##NaN], :b \\c}})\n",
    "[{\"type\":\"invoke\",\"f\":\"add\",\"value\":\"x\",\"process\":7,\"time\":-1},\n"
    "{\"type\":\"ok\",\"f\":\"add\",\"value\":\"x\",\"process\":7},\n"
    "{\"type\":\"invoke\",\"f\":\"read\",\"value\":null,\"process\":7},\n"
    "{\"type\":\"ok\",\"f\":\"read\",\"value\":[\"x\",\"\\ud83d\\ude00\"],\"process\":7}]\n",
    "{\"t_ns\":1,\"session\":3,\"type\":\"invoke\",\"op\":\"cas\",\"key\":\"k\",\"value\":[\"x\","
    "\"v~200~"
    "0x000000000000002a\"],\"group\":\"g\"}\n"
    "{\"t_ns\":2,\"session\":3,\"type\":\"ok\",\"op\":\"cas\",\"key\":\"k\",\"value\":[\"x\",\"v~"
    "200~"
    "0x000000000000002a\"],\"group\":\"g\",\"applied\":false,\"place\":4}\n"
    "{\"t_ns\":3,\"session\":4,\"type\":\"invoke\",\"op\":\"transfer\",\"key\":null,\"value\":null}"
    "\n",
    "{:process 0, :type :invoke, :f :append, :key \"7\", :value \"a b\"}\n"
    "{:process 0, :type :ok, :f :append, :key \"7\", :value \"a b\"}\n"
    "{:process 1, :type :invoke, :f :get, :key \"7\", :value nil}\n"
    "{:process 1, :type :ok, :f :get, :key \"7\", :value \"a b\"}\n",
};
enum { SAMPLES = sizeof samples / sizeof *samples };

static const char *const odd[] = {
    "",
    "#_",
    "#_ #_",
    "#{",
    "}",
    "]",
    ")",
    "\"",
    "\\",
    "\\u",
    "\\ud83d",
    "\r\n",
    "\n",
    ";",
    ",",
    "nil",
    ":ok",
    ":info",
    "{}",
    "[",
    "99999999999999999999",
    "-",
    "##",
    "\xff",
    "\xef\xbb\xbf",
    "\xe2\x82",
    "1/2",
    "#a/b",
    ":process 0",
    "\"place\":-1",
    ":value",
    "+",
    "N",
};

static size_t mutate(char *text, size_t size, struct random_stream *random)
{
    const char *with = odd[random_below(random, sizeof odd / sizeof *odd)];
    size_t at = random_below(random, size + 1), length = strlen(with);
    size_t cut = random_below(random, 3) == 0 ? random_below(random, size - at + 1) : 0;
    if (random_below(random, 2) == 0 && cut > 8)
        cut = 8;
    if (random_below(random, 6) == 0 && size > 0) { /* again, from elsewhere */
        with = text + random_below(random, size);
        length = random_below(random, (uint64_t)(text + size - with) + 1);
    }
    char copy[TEXT_MAX];
    if (size - cut + length >= TEXT_MAX)
        return size;
    memcpy(copy, with, length);
    memmove(text + at + length, text + at + cut, size - at - cut);
    memcpy(text + at, copy, length);
    return size - cut + length;
}

static uint64_t lines_of(const char *text, size_t size)
{
    uint64_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    return lines;
}

/* What reading makes of it, as a number; 0: something is wrong with how it was refused. */
static uint64_t read_once(const char *text, size_t size, const struct linear_model *model,
                          bool *ret_good)
{
    struct archive archive;
    struct archive_problem problem;
    uint64_t sum = 1;
    *ret_good = archive_parse(&archive, text, size, model, &problem);
    if (*ret_good) {
        struct linear_report report;
        const struct linear_options options = { .steps_max = 2000, .places = archive.places };
        linear_check(model, &options, archive.ops, archive.count, &report);
        sum += archive.count * 16 + (uint64_t)report.verdict;
        linear_report_done(&report);
    } else {
        bool placed = problem.line >= 1 && problem.line <= lines_of(text, size);
        sum =
            placed && problem.text.size > 0 ? random_mix(problem.line + problem.text.size) | 1 : 0;
    }
    text_done(&problem.text);
    archive_done(&archive);
    return sum;
}

/* Text `number` of a sample, changed up to CHANGES_MAX times, in memory that ends where it does. */
static char *make(uint64_t number, size_t *ret_size, const struct linear_model **ret_model)
{
    struct random_stream random = random_stream_of(random_mix(number + 1));
    char text[TEXT_MAX];
    uint64_t models = 0;
    while (linear_models[models] != NULL)
        models++;
    cs_assert(models > 0);
    *ret_model = linear_models[random_below(&random, models)];
    const char *sample = samples[random_below(&random, SAMPLES)];
    size_t size = strlen(sample);
    cs_assert(size < TEXT_MAX);
    for (size_t i = 0; i < size; i++)
        text[i] = sample[i]; /* without an end */
    for (uint64_t i = random_below(&random, CHANGES_MAX); i > 0; i--)
        size = mutate(text, size, &random);
    char *exact = malloc(size > 0 ? size : 1);
    cs_assert(exact != NULL);
    memcpy(exact, text, size);
    *ret_size = size;
    return exact;
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 0) : 20000;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
    uint64_t good = 0, wrong = 0;
    for (uint64_t number = first; number < first + count; number++) {
        const struct linear_model *model;
        size_t size;
        bool is_good;
        char *text = make(number, &size, &model);
        uint64_t once = read_once(text, size, model, &is_good);
        good += is_good;
        if (once == 0 || once != read_once(text, size, model, &is_good)) {
            wrong++;
            printf("history %" PRIu64 ", %s: refused without a reason or a place, or not the same "
                   "twice; again: archive-fuzz 1 %" PRIu64 "\n",
                   number, model->name, number);
        }
        free(text);
    }
    printf("%" PRIu64 " histories, %" PRIu64 " read, %" PRIu64 " refused: %" PRIu64 " wrong\n",
           count, good, count - good, wrong);
    bool vacuous = count >= 10000 && (good < count / 20 || count - good < count / 5);
    if (vacuous)
        printf("too few of one kind to mean anything\n");
    return wrong > 0 || vacuous;
}
