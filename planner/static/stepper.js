// Adds less and more to number fields. Without it the plain field stays.
for (const box of document.querySelectorAll(".number[data-less]")) {
  const field = box.querySelector("input");
  const button = (sign, words, move) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = sign;
    made.setAttribute("aria-label", words);
    made.addEventListener("click", () => {
      if (field.value === "" && field.min !== "") field.value = field.min;
      else move();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    return made;
  };
  box.prepend(button("–", box.dataset.less, () => field.stepDown()));
  box.append(button("+", box.dataset.more, () => field.stepUp()));
  box.classList.add("stepped");
}
