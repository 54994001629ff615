"""The window, or where there is no display the terminal, that asks for a PIN: ``python -m …ca_driver.window``.

The question comes as JSON on standard input, the answer goes as JSON to standard output.
"""

import getpass
import json
import os
import sys
from typing import Any

from .pin import NOT_ASKED, PATIENCE, Question, Unasked

TITLE = "CA 登录：确认并输入 PIN 码"


def sentences(question: Question) -> list[str]:
    """Return what is shown, a line each."""
    lines = [
        f"网站　{question.site}",
        "请求使用下面的数字证书登录。签名仅用于登录该网站，不会用于签署文件。",
        f"证书　{question.name}",
        f"颁发　{question.issuer}",
    ]
    if question.left == 1:
        lines.append("注意：PIN 码再输错一次，证书将被锁定。")
    elif question.left > 1:
        lines.append(f"PIN 码还可以输错 {question.left} 次。")
    return [*lines, "如果不是您本人正在登录该网站，请取消。"]


def ask_in_terminal(question: Question) -> str | None:
    """Ask on the terminal that the driver was started in; the PIN is not shown."""
    with open("CON" if os.name == "nt" else "/dev/tty", "w", encoding="utf-8") as screen:
        screen.write("\n" + "\n".join(sentences(question)) + "\n")
    if question.has_pin:
        return getpass.getpass("PIN 码（直接回车取消）：") or None
    return "" if getpass.getpass("输入 y 并回车确认，直接回车取消：").strip().lower() == "y" else None


def ask_in_window(question: Question) -> str | None:
    """Ask in a window on top of all others; closing it is "no"."""
    import tkinter as tk

    answer: list[str] = []
    root = tk.Tk()
    root.title(TITLE)
    root.attributes("-topmost", True)
    root.resizable(False, False)
    for line in sentences(question):
        tk.Label(root, text=line, anchor="w", justify="left", wraplength=460).pack(fill="x", padx=24, pady=4)
    entry = tk.Entry(root, show="●", width=32)
    if question.has_pin:
        entry.pack(padx=24, pady=8)

    def confirm(_event: Any = None) -> None:
        typed = entry.get()
        if typed or not question.has_pin:
            answer.append(typed)
            root.destroy()

    buttons = tk.Frame(root)
    buttons.pack(pady=16)
    tk.Button(buttons, text="确认登录", command=confirm).pack(side="left", padx=8)
    tk.Button(buttons, text="取消", command=root.destroy).pack(side="left", padx=8)
    root.bind("<Return>", confirm)
    root.bind("<Escape>", lambda _event: root.destroy())
    root.after(int(PATIENCE * 1000), root.destroy)
    (entry if question.has_pin else buttons).focus_force()
    root.mainloop()
    return answer[0] if answer else None


def ask(question: Question) -> str | None:
    """Ask in a window if there can be one, else on the terminal. :class:`Unasked` where there is neither."""
    try:
        return ask_in_window(question)
    except Exception as error:  # no tkinter, no display: Tk says so in several ways
        if type(error).__name__ not in ("TclError", "ImportError", "ModuleNotFoundError"):
            raise
    try:
        return ask_in_terminal(question)
    except (OSError, EOFError) as error:
        raise Unasked from error


if __name__ == "__main__":
    asked = Question(**json.loads(sys.stdin.read()))
    try:
        sys.stdout.write(json.dumps({"pin": ask(asked)}))
    except Unasked:
        sys.exit(NOT_ASKED)
