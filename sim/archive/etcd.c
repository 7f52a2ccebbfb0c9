/* Jepsen's logs of etcd, an event a line:
 *
 *     INFO  jepsen.util - 3 :invoke :cas [1 2]
 *     INFO  jepsen.util - 3 :info :cas :timed-out
 *
 * Lines of anything else that was logged are passed over. */
#include <string.h>

#include "archive/internal.h"

static struct cs_bytes next_word(const char *line, size_t size, size_t *at)
{
    cs_assert(*at <= size);
    while (*at < size && (line[*at] == ' ' || line[*at] == '\t'))
        (*at)++;
    size_t from = *at;
    while (*at < size && line[*at] != ' ' && line[*at] != '\t' && line[*at] != '\r')
        (*at)++;
    return cs_bytes_of(line + from, *at - from);
}

static bool is_word(struct cs_bytes bytes, const char *word)
{
    return bytes.size == strlen(word) && memcmp(bytes.data, word, bytes.size) == 0;
}

/* Whether the line is about a client; *ret_at is behind the process then. */
static bool is_event(const char *line, size_t size, struct cs_bytes *ret_process, size_t *ret_at)
{
    size_t at = 0;
    if (!is_word(next_word(line, size, &at), "INFO") ||
        !is_word(next_word(line, size, &at), "jepsen.util") ||
        !is_word(next_word(line, size, &at), "-"))
        return false;
    *ret_process = next_word(line, size, &at);
    *ret_at = at;
    const char *digits = ret_process->data;
    return ret_process->size > 0 && digits[0] >= '0' && digits[0] <= '9';
}

static bool take_line(struct builder *builder, const char *line, size_t size, uint64_t number)
{
    struct event event = { .line = number };
    size_t at;
    if (!is_event(line, size, &event.process, &at))
        return true;
    static const char *const types[] = { [EVENT_INVOKE] = ":invoke",
                                         [EVENT_OK] = ":ok",
                                         [EVENT_FAIL] = ":fail",
                                         [EVENT_UNKNOWN] = ":info" };
    struct cs_bytes type = next_word(line, size, &at), name = next_word(line, size, &at);
    unsigned t = 0;
    while (t <= EVENT_UNKNOWN && !is_word(type, types[t]))
        t++;
    if (t > EVENT_UNKNOWN) {
        return builder_refuse(builder, number,
                              "none of :invoke, :ok, :fail, :info follows the "
                              "process");
    }
    event.type = (enum event_type)t;
    if (name.size < 2 || ((const char *)name.data)[0] != ':')
        return builder_refuse(builder, number, "the operation is missing");
    event.name = cs_bytes_of((const char *)name.data + 1, name.size - 1);
    builder->reader.data = line;
    builder->reader.size = size;
    builder->reader.at = at;
    builder->reader.line = number;
    if (!form_skip(&builder->reader))
        return builder_refuse(builder, number, "the value is missing");
    event.value = form_read(&builder->reader);
    if (event.value == NULL) {
        builder->problem->line = number;
        return false;
    }
    return builder_take(builder, &event);
}

bool parse_etcd(struct builder *builder)
{
    const char *data = builder->archive->data;
    size_t size = builder->archive->size;
    uint64_t number = 0;
    for (size_t at = builder->begin; at < size;) {
        builder_pass(builder, at);
        const char *end = memchr(data + at, '\n', size - at);
        size_t length = end == NULL ? size - at : (size_t)(end - (data + at));
        if (!take_line(builder, data + at, length, ++number))
            return false;
        at += length + 1;
    }
    return true;
}
