"""Prints how many tasks changed something, as JSON: ansible-core itself has no output for programs."""

import json

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "changes"

    def v2_runner_on_failed(self, result, ignore_errors=False):
        if not ignore_errors:
            self._display.display(f"{result._task.get_name()}: failed", stderr=True)

    def v2_runner_on_unreachable(self, result):
        self._display.display(f"{result._task.get_name()}: the host cannot be reached", stderr=True)

    def v2_playbook_on_stats(self, stats):
        changed = {host: stats.summarize(host)["changed"] for host in stats.processed}
        self._display.display(json.dumps(changed))
