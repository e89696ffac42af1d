// Gives the frame of a mail the height of the mail. Without it the frame scrolls.
const show = (frame) => {
  const page = frame.contentDocument?.documentElement;
  if (!page) return;
  frame.height = 0;
  frame.height = page.scrollHeight;
};
const showAll = () => document.querySelectorAll("iframe").forEach(show);
document.addEventListener("load", (event) => { if (event.target.tagName === "IFRAME") show(event.target); }, true);
addEventListener("resize", showAll);
showAll();
