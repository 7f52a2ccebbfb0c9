/* What a failed assertion prints: expression, place, and whatever the running simulation knows
 * (seed, time, node, the last trace lines, the replay command), told by a hook. */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

/* Called once, with standard error ready; must not allocate.  NULL removes it. */
typedef void (*assert_hook)(void *argument);
void assert_set_hook(assert_hook hook, void *argument);

#endif
