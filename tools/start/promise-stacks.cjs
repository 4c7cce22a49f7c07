"use strict";

/*
 * Pulumi's library takes the stack at each promise that it makes, some 55 for a resource, and shows them only where this variable
 * asks for it.
 */
const showsPromises = Boolean(process.env.PULUMI_DEBUG_PROMISE_LEAKS);
const withoutStacks = new WeakSet();

/** @param debuggable the library's module of that name */
function takeNoStacks(debuggable) {
  if (showsPromises || withoutStacks.has(debuggable) || !debuggable.debuggablePromise) return debuggable;
  const { debuggablePromise } = debuggable;
  debuggable.debuggablePromise = (promise, context) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = limit;
    }
  };
  withoutStacks.add(debuggable);
  return debuggable;
}

module.exports = { takeNoStacks };
