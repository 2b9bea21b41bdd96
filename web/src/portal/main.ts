import '@/shared/styles/tokens.css'
import '@/shared/styles/base.css'
import './portal.css'
import { createApp } from 'vue'
import { words } from '@/shared/i18n'
import { applyPreferences } from '@/shared/preferences'
import App from './App.vue'
import en from './messages/en'
import zh from './messages/zh-CN'
import { router } from './router'

applyPreferences('portal')
createApp(App).use(words(zh, en)).use(router).mount('#app')
