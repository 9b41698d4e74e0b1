// The keyboard of `grade review`. Without it every page works by pointer and Tab, but for the comments used before.
"use strict";

(() => {
  const form = document.getElementById("form");
  const keys = document.getElementById("keys");
  const status = document.getElementById("status");
  const marks = document.getElementById("marks");
  const sheet = document.getElementById("sheet");
  const away = document.getElementById("away");
  const rows = [...document.querySelectorAll(".row")];
  let active = rows[0] ?? null;
  let isLeaving = false;
  let askedFor = "";
  let lastPlace = null;

  const pointsOf = (row) => row.querySelector("[data-points]");
  const commentOf = (row) => row.querySelector("[data-comment]");
  const usedOf = (row) => [...row.querySelectorAll(".used")];
  const isChanged = () =>
    form !== null && (form.dataset.unsaved !== undefined || [...form.querySelectorAll("[data-points], [data-comment]")].some((field) => field.value !== field.defaultValue) || [...form.querySelectorAll("[data-settled]")].some((box) => box.checked !== box.defaultChecked));

  const tell = (sentence) => {
    if (status) status.textContent = sentence;
  };

  const goToPoints = (row) => {
    if (!row) return;
    active = row;
    const field = pointsOf(row);
    field.focus();
    field.select();
    row.scrollIntoView({ block: "nearest" });
  };

  const follow = (key) => {
    const link = document.querySelector(`[data-go="${key}"]`);
    if (!link) return false;
    if (isChanged() && askedFor !== key) {
      askedFor = key;
      tell(`Not saved. Enter saves; ${key} again leaves without saving.`);
      return true;
    }
    isLeaving = true;
    window.location.assign(link.href);
    return true;
  };

  const showKeys = () => (keys.open ? keys.close() : keys.showModal());

  const offerComments = () => {
    if (!active) return;
    const used = usedOf(active);
    const isOffered = used.includes(document.activeElement);
    (used.length && !isOffered ? used[0] : commentOf(active)).focus();
    if (used.length && !isOffered) tell("A number takes that comment; c is for your own.");
  };

  const takeComment = (button) => {
    const field = commentOf(button.closest(".row"));
    const text = button.dataset.text;
    field.value = field.value.trim() ? `${field.value.trimEnd()}\n${text}` : text;
    field.focus();
    tell("");
  };

  const decide = (which) => {
    const open = rows.filter((row) => row.querySelector('[type="radio"]'));
    const row = open.includes(active) && !active.querySelector(":checked") ? active : open.find((one) => !one.querySelector(":checked")) ?? active;
    const choice = row?.querySelector(`[type="radio"][value="${which}"]`);
    if (!choice) return false;
    choice.checked = true;
    choice.focus();
    active = row;
    return true;
  };

  // Of the row where the keyboard is, else of the first that waits for it.
  const settle = () => {
    const boxOf = (row) => row?.querySelector("[data-settled]");
    const box = boxOf(active) ?? boxOf(rows.find((row) => boxOf(row)));
    if (!box) return;
    box.checked = !box.checked;
    box.focus();
  };

  const save = () => form?.requestSubmit();

  const commands = {
    j: () => follow("j"),
    k: () => follow("k"),
    n: () => follow("n"),
    o: () => follow("o"),
    g: () => follow("g"),
    "[": () => follow("["),
    "]": () => follow("]"),
    c: offerComments,
    f: () => {
      if (!active) return;
      goToPoints(active);
      pointsOf(active).value = active.dataset.most;
    },
    // Not before this key is dealt with: until then Firefox lets no page give the keyboard to a frame of another origin.
    w: () => window.setTimeout(() => sheet?.focus()),
    m: () => decide("mine"),
    t: () => decide("theirs"),
    s: settle,
    "?": showKeys,
  };

  document.addEventListener("focusin", (event) => {
    active = event.target.closest?.(".row") ?? active;
    if (event.target !== sheet) lastPlace = event.target;
    if (away) away.hidden = true;
  });

  document.addEventListener("click", (event) => {
    const used = event.target.closest(".used");
    if (used) takeComment(used);
    if (event.target.closest("[data-keys]")) showKeys();
  });

  document.addEventListener("keydown", (event) => {
    if (document.body.dataset.ready === undefined) {
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || keys.open) {
      if (keys.open && event.key === "?") keys.close();
      return;
    }
    const field = event.target;
    const isInPoints = field.matches?.("[data-points]") ?? false;
    if (field.matches?.("[data-comment]")) {
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        save();
      } else if (event.key === "Escape") marks.focus();
      return;
    }
    if (field.closest?.(".naming") && field.matches("input")) {
      if (event.key === "Escape") field.blur();
      return;
    }
    if (event.key === "Escape") {
      if (field !== document.body) marks?.focus();
      return;
    }
    if (isInPoints && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      goToPoints(rows[rows.indexOf(active) + (event.key === "ArrowDown" ? 1 : -1)]);
      return;
    }
    const used = active ? usedOf(active) : [];
    if (/^[1-9]$/.test(event.key) && !isInPoints) {
      event.preventDefault();
      if (used.includes(field)) {
        const button = used[Number(event.key) - 1];
        if (button) takeComment(button);
      } else goToPoints(rows.find((row) => row.dataset.row === event.key));
      return;
    }
    if (event.key === "Enter" && (isInPoints || !field.closest?.("a, button, summary"))) {
      event.preventDefault();
      save();
      return;
    }
    const command = Object.hasOwn(commands, event.key) ? commands[event.key] : null;
    if (command) {
      event.preventDefault();
      command();
    }
  });

  // A browser that reaches nobody shows a page of its own in place of this one, and what was typed is gone. Until it is
  // known that somebody answers, no key and no pointer changes what is sent.
  const sendWhereAnswered = (sent, explain) => {
    const place = document.activeElement;
    sent.inert = true;
    delete document.body.dataset.ready;
    fetch("/static/review/icon.svg", { cache: "no-store" }).then(
      () => sent.submit(),
      () => {
        isLeaving = false;
        sent.inert = false;
        document.body.dataset.ready = "yes";
        place?.focus();
        explain("Nothing was saved: grade review does not answer, as if it had been ended. What you typed stays here: start it again, and copy this into its page.");
      },
    );
  };

  form?.addEventListener("submit", (event) => {
    if (isLeaving) {
      event.preventDefault();
      return;
    }
    event.preventDefault();
    isLeaving = true;
    tell("Saving …");
    sendWhereAnswered(form, tell);
  });

  for (const naming of document.querySelectorAll(".naming")) {
    naming.addEventListener("submit", (event) => {
      event.preventDefault();
      sendWhereAnswered(naming, (sentence) => {
        const told = naming.querySelector(".error") ?? naming.insertBefore(document.createElement("p"), naming.querySelector("label"));
        told.className = "error";
        told.setAttribute("role", "alert");
        told.textContent = sentence;
      });
    });
  }

  // What a browser kept of an earlier visit is not what the gradebook holds.
  window.addEventListener("pageshow", (event) => {
    isLeaving = false;
    if (form) form.inert = false;
    document.body.dataset.ready = "yes";
    if (event.persisted) window.location.reload();
  });

  window.addEventListener("beforeunload", (event) => {
    if (!isLeaving && isChanged()) event.preventDefault();
  });

  // A frame of another origin keeps every key to itself. It may have them when somebody goes there, and gives them back
  // when the pointer does; a viewer that takes them by itself, to show an error, does not keep them.
  const takeKeysBack = (place) => {
    if (document.activeElement !== sheet) return;
    sheet.blur();
    place.focus({ preventScroll: true });
    if (away) away.hidden = true;
  };
  let isWanted = false;
  document.addEventListener("keydown", (event) => {
    isWanted = event.key === "Tab" || event.key === "w";
  }, true);
  sheet?.addEventListener("pointerenter", () => {
    isWanted = true;
  });
  sheet?.addEventListener("pointerleave", () => {
    isWanted = false;
  });
  // Which place has the keyboard now is only known afterwards: Firefox says so once it has told who lost it.
  window.addEventListener("blur", () => window.setTimeout(() => {
    if (!away || sheet?.tagName !== "IFRAME" || document.activeElement !== sheet) return;
    if (isWanted) away.hidden = false;
    else takeKeysBack(lastPlace?.isConnected ? lastPlace : marks);
  }));
  marks?.addEventListener("pointerenter", () => takeKeysBack(marks));

  const first = document.querySelector(".has-error [data-points], .has-conflict [type='radio']");
  first?.focus();
  document.body.dataset.ready = "yes";
})();
