# SPDX-License-Identifier: MIT
# --audit reads the settings of the workspace as VS Code does, comments and all.
needs_root
house_agent
mkdir -p /tmp/app/.vscode
cd /tmp/app
audit_says pass editor-settings 'in 0 files of 1 workspaces'
cat >.vscode/settings.json <<'END'
{
    // "remote.localPortHost": "allInterfaces",
    "editor.fontSize": 12, /* "task.allowAutomaticTasks": "on" */
}
END
audit_says pass editor-settings 'in 1 files'
cat >.vscode/tasks.json <<'END'
{"version": "2.0.0", "tasks": [{"label": "x", "type": "shell", "command": "id",
    "runOptions": {"runOn": /* at once */ "folderOpen"}}]}
END
audit_says warn editor-settings '/tmp/app/.vscode/tasks.json: runOn'
cat >my.code-workspace <<'END'
{"folders": [{"path": "."}], "settings": {"remote.localPortHost": "allInterfaces"}}
END
audit_says fail editor-settings '/tmp/app/my.code-workspace: remote.localPortHost'
# What the agent cannot read is no news to it.
chmod 600 my.code-workspace .vscode/tasks.json
audit_says pass editor-settings
